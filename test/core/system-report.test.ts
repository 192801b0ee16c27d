import { describe, expect, it } from "vitest";
import type { Reencryption } from "../../src/core/reencryption.ts";
import type { AdoptedSecret, Primaries } from "../../src/core/register.ts";
import {
  type FingerprintReport,
  fingerprintReports,
  type HeldSecrets,
  type ObjectReport,
  reencryptionReport,
} from "../../src/core/system-report.ts";

const present: Primaries = { encryption: "e-new", hmac: "h-new" };
const past: Primaries = { encryption: "e-old", hmac: "h-old" };

const held: HeldSecrets = {
  encryption: { primary: "e-new", fallbacks: ["e-old", "e-next"] },
  hmac: { primary: "h-new", fallbacks: ["h-old"] },
};

const secret = (fingerprint: string, records: number, isRetired = false): AdoptedSecret => ({
  kind: fingerprint.startsWith("e") ? "encryption" : "hmac",
  fingerprint,
  adoptedAt: fingerprint.endsWith("old") ? 1000 : 2000,
  isRetired,
  records,
});

const run = (fields: Partial<Reencryption> = {}): Reencryption => ({
  target: present,
  state: "running",
  place: null,
  moved: 0,
  quarantined: [],
  quarantinedCount: 0,
  isHeldUp: false,
  missing: [],
  steppedAt: 0,
  workedMs: 0,
  ...fields,
});

const report = (fields: Partial<ObjectReport> = {}): ObjectReport => ({
  object: "shard-00",
  keys: 0,
  primaries: present,
  secrets: [],
  reencryption: null,
  ...fields,
});

const told = (reports: readonly ObjectReport[], fingerprint: string): FingerprintReport | undefined =>
  fingerprintReports(held, reports).find((one) => one.fingerprint === fingerprint);

describe("a fingerprint", () => {
  it("is removable once every object that wrote under it has retired it", () => {
    const retired = report({ secrets: [secret("e-old", 0, true)] });
    const never = report({ secrets: [secret("e-new", 3)] });
    expect(told([retired, never], "e-old")).toMatchObject({ configured: "fallback", removable: true, adoptedAt: 1000 });
  });

  it("is not removable while one object has not, though it counts no record there", () => {
    const retired = report({ secrets: [secret("e-old", 0, true)] });
    const waiting = report({ secrets: [secret("e-old", 0)] });
    expect(told([retired, waiting], "e-old")).toMatchObject({ removable: false });
  });

  it("is not called removable where it is the primary, absent, or waits for its first use", () => {
    const reports = [report({ secrets: [secret("e-new", 0, true), secret("h-gone", 0, true)] })];
    expect(told(reports, "e-new")).toMatchObject({ configured: "primary", removable: false });
    expect(told(reports, "h-gone")).toMatchObject({ configured: "absent", removable: false });
    expect(told(reports, "e-next")).toMatchObject({ configured: "fallback", adoptedAt: null, removable: false });
  });

  it("counts the records of all objects, and is told once", () => {
    const reports = [report({ secrets: [secret("e-old", 3)] }), report({ secrets: [secret("e-old", 4)] })];
    expect(told(reports, "e-old")).toMatchObject({ records: 7 });
    expect(fingerprintReports(held, reports).map(({ fingerprint }) => fingerprint)).toEqual([
      ...["e-new", "e-old", "e-next"],
      ...["h-new", "h-old"],
    ]);
  });
});

describe("the re-encryption of all objects", () => {
  it("is idle until it is started, and tells what is left", () => {
    const reports = [report({ secrets: [secret("e-old", 5), secret("h-old", 7), secret("h-new", 9)] })];
    expect(reencryptionReport(reports)).toMatchObject({ state: "idle", left: 7, moved: 0, secondsLeft: null });
  });

  it("runs as long as one object does, and lasts as long as the slowest", () => {
    const fast = report({ reencryption: run({ moved: 100, workedMs: 1000 }), secrets: [secret("e-old", 50)] });
    const slow = report({ reencryption: run({ moved: 10, workedMs: 1000 }), secrets: [secret("e-old", 50)] });
    const done = report({ reencryption: run({ state: "done", moved: 30 }) });
    expect(reencryptionReport([fast, slow, done])).toMatchObject({
      ...{ state: "running", moved: 140, left: 100, perSecond: 110, secondsLeft: 5 },
    });
  });

  it("cannot tell how long it takes while nothing was moved", () => {
    const begun = report({ reencryption: run(), secrets: [secret("e-old", 50)] });
    expect(reencryptionReport([begun])).toMatchObject({ state: "running", perSecond: 0, secondsLeft: null });
  });

  it("is done when every object is, and an object that has nothing under others is", () => {
    const done = report({ reencryption: run({ state: "done", moved: 3 }) });
    const fresh = report({ secrets: [secret("e-new", 1)] });
    expect(reencryptionReport([done, fresh])).toMatchObject({ state: "done", left: 0, secondsLeft: 0 });
    const forgotten = report({ secrets: [secret("e-old", 1)] });
    expect(reencryptionReport([done, forgotten])).toMatchObject({ state: "idle", left: 1 });
  });

  it("counts for nothing once the secrets of the first object are others", () => {
    const old = run({ target: past, state: "done", moved: 9, quarantined: ["key_1"], quarantinedCount: 1 });
    expect(reencryptionReport([report({ reencryption: old, secrets: [secret("e-old", 9)] })])).toMatchObject({
      ...{ state: "idle", moved: 0, left: 9, quarantined: [] },
    });
  });

  it("is not done where an object writes under other secrets again", () => {
    const back = report({
      primaries: past,
      reencryption: run({ state: "done" }),
      secrets: [secret("e-old", 2), secret("h-old", 2)],
    });
    expect(reencryptionReport([report({ reencryption: run({ state: "done" }) }), back])).toMatchObject({
      ...{ state: "idle", left: 2 },
    });
  });

  it("leaves what is in quarantine out of what is left, and names it", () => {
    const quarantined = { quarantined: ["key_1", "roles/team"], quarantinedCount: 2 };
    const reports = [report({ reencryption: run(quarantined), secrets: [secret("h-old", 5)] })];
    expect(reencryptionReport(reports)).toMatchObject({ left: 3, ...quarantined });
  });

  it("is paused where a secret is missing, and says which", () => {
    const reports = [report({ reencryption: run({ state: "paused", missing: ["h-gone"] }) })];
    expect(reencryptionReport(reports)).toMatchObject({ state: "paused", missingSecrets: ["h-gone"] });
  });
});
