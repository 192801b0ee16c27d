import type { Ports } from "./ports.ts";
import { isSamePair, type Reencryption } from "./reencryption.ts";
import type { AdoptedSecret, Primaries, SecretKind } from "./register.ts";

/** What one object tells of itself. */
export interface ObjectReport {
  readonly object: string;
  readonly keys: number;
  /** What it writes under. */
  readonly primaries: Primaries;
  readonly secrets: readonly AdoptedSecret[];
  readonly reencryption: Reencryption | null;
}

export const reportOf = ({ protection, keyTally, settings }: Ports): ObjectReport => ({
  object: protection.object,
  keys: keyTally.figures().figures.keys.total,
  primaries: protection.primaries(),
  secrets: protection.secrets(),
  reencryption: settings.reencryption(),
});

/** The fingerprints of the secrets that a deployment is given. */
export type HeldSecrets = Readonly<
  Record<SecretKind, { readonly primary: string; readonly fallbacks: readonly string[] }>
>;

export interface FingerprintReport {
  readonly kind: SecretKind;
  readonly fingerprint: string;
  readonly configured: "primary" | "fallback" | "absent";
  /** When an object first wrote under it; null where none ever did. */
  readonly adoptedAt: number | null;
  readonly records: number;
  /** It is a fallback that protects nothing any more, in no object. */
  readonly removable: boolean;
}

const earlier = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);

const fingerprintReport = (
  kind: SecretKind,
  fingerprint: string,
  held: HeldSecrets,
  reports: readonly ObjectReport[],
): FingerprintReport => {
  const adopted = reports.flatMap(({ secrets }) => secrets.filter((secret) => secret.fingerprint === fingerprint));
  const isFallback = held[kind].fallbacks.includes(fingerprint);
  return {
    kind,
    fingerprint,
    configured: held[kind].primary === fingerprint ? "primary" : isFallback ? "fallback" : "absent",
    adoptedAt: adopted.reduce<number | null>((first, { adoptedAt }) => earlier(first, adoptedAt), null),
    records: adopted.reduce((sum, { records }) => sum + records, 0),
    removable: isFallback && adopted.length > 0 && adopted.every(({ isRetired }) => isRetired),
  };
};

/** Every secret that is configured or that any object ever wrote under, the configured ones first. */
export const fingerprintReports = (held: HeldSecrets, reports: readonly ObjectReport[]): FingerprintReport[] =>
  (["encryption", "hmac"] as const).flatMap((kind) => {
    const adopted = reports.flatMap(({ secrets }) => secrets.filter((secret) => secret.kind === kind));
    const known = [held[kind].primary, ...held[kind].fallbacks, ...adopted.map(({ fingerprint }) => fingerprint)];
    return [...new Set(known)].map((fingerprint) => fingerprintReport(kind, fingerprint, held, reports));
  });

export interface ReencryptionReport {
  readonly state: "idle" | "running" | "paused" | "done";
  readonly moved: number;
  readonly left: number;
  readonly quarantined: readonly string[];
  readonly quarantinedCount: number;
  readonly missingSecrets: readonly string[];
  readonly perSecond: number;
  /** Null while nothing can be said. */
  readonly secondsLeft: number | null;
}

/** What of a run counts: one for other secrets than the present ones is over. */
const runOf = ({ reencryption }: ObjectReport, target: Primaries) =>
  reencryption !== null && isSamePair(reencryption.target, target) ? reencryption : null;

/** Nothing but the present secrets is in use. */
const isFreed = ({ secrets }: ObjectReport, target: Primaries): boolean =>
  secrets.every(({ kind, fingerprint, isRetired }) => isRetired || fingerprint === target[kind]);

/** Where an old secret came back into use after its end, a run is over no more. */
export const isDone = (report: ObjectReport, target: Primaries): boolean => {
  const run = runOf(report, target);
  return run?.state === "done" && isSamePair(report.primaries, target) && (run.isHeldUp || isFreed(report, target));
};

/** Records that are not under the present secrets, but for those that never will be. */
const leftOf = (report: ObjectReport, target: Primaries): number => {
  if (isDone(report, target)) return 0;
  const under = (kind: SecretKind): number =>
    report.secrets
      .filter((secret) => secret.kind === kind && secret.fingerprint !== target[kind])
      .reduce((sum, { records }) => sum + records, 0);
  const quarantined = runOf(report, target)?.quarantinedCount ?? 0;
  return Math.max(0, Math.max(under("encryption"), under("hmac")) - quarantined);
};

const stateOf = (reports: readonly ObjectReport[], target: Primaries): ReencryptionReport["state"] => {
  const states = reports.map((report) => runOf(report, target)?.state);
  if (states.includes("running")) return "running";
  if (states.includes("paused")) return "paused";
  const isOver = (report: ObjectReport) => isDone(report, target) || isFreed(report, target);
  return states.includes("done") && reports.every(isOver) ? "done" : "idle";
};

const perSecondOf = (report: ObjectReport, target: Primaries): number => {
  const run = runOf(report, target);
  return run?.state === "running" && run.workedMs > 0 ? (run.moved * 1000) / run.workedMs : 0;
};

/** All objects together; the secrets of the first, which is the authority, are the present ones. */
export const reencryptionReport = (reports: readonly ObjectReport[]): ReencryptionReport => {
  const target = reports[0]?.primaries ?? { encryption: "", hmac: "" };
  const runs = reports.flatMap((report) => runOf(report, target) ?? []);
  const sum = (value: (report: ObjectReport) => number): number =>
    reports.reduce((total, report) => total + value(report), 0);
  const state = stateOf(reports, target);
  const left = sum((report) => leftOf(report, target));
  const perSecond = sum((report) => perSecondOf(report, target));
  const slowest = Math.max(...reports.map((report) => secondsLeftOf(report, target)));
  return {
    state,
    moved: runs.reduce((total, { moved }) => total + moved, 0),
    left,
    quarantined: runs.flatMap(({ quarantined }) => quarantined),
    quarantinedCount: runs.reduce((total, { quarantinedCount }) => total + quarantinedCount, 0),
    missingSecrets: [...new Set(runs.flatMap(({ missing }) => missing))],
    perSecond: Math.round(perSecond * 10) / 10,
    secondsLeft: state === "done" ? 0 : state === "running" && Number.isFinite(slowest) ? Math.ceil(slowest) : null,
  };
};

/** Objects work side by side: the last to finish decides. */
const secondsLeftOf = (report: ObjectReport, target: Primaries): number => {
  const left = leftOf(report, target);
  return left === 0 ? 0 : left / perSecondOf(report, target);
};
