import type { SettingProblem } from "../../core/setting-problem.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { sha256 } from "../crypto/primitives.ts";
import { keyringOfTexts, type SecretTextName } from "./keyring-of-texts.ts";
import { askStore, isStoredSecret, type StoredSecret } from "./stored-secret.ts";

/** A text is a Worker secret; a secret of the Secrets Store may be bound under either name. */
export type SecretBindings = { readonly [Name in SecretTextName]?: string | StoredSecret } & {
  readonly [Name in `SECRETS_STORE_${SecretTextName}`]?: StoredSecret;
};

/** Where a secret came from. */
export interface SecretSource {
  readonly name: SecretTextName;
  readonly servedBy: "worker_secret" | "secrets_store";
  readonly note: string | null;
}

/** The digest tells, later on, whether the source still has the same. */
export interface LoadedSource extends SecretSource {
  readonly digest: Uint8Array;
}

export type LoadedSecrets =
  | { readonly ok: true; readonly keyring: Keyring; readonly sources: readonly LoadedSource[] }
  | { readonly ok: false; readonly problems: readonly SettingProblem[] };

export interface SecretReading extends SecretSource {
  readonly text: string;
}

/** Undefined where nothing of the name is given. */
type Outcome = SecretReading | { readonly name: SecretTextName; readonly problem: SettingProblem } | undefined;

type SettingAnswer = (Pick<SecretSource, "servedBy"> & { readonly text: string | null }) | { readonly fault: string };

const secretNames = ["ENCRYPTION_KEY", "ENCRYPTION_KEY_FALLBACK", "HMAC_SECRET", "HMAC_SECRET_FALLBACK"] as const;

const misbound = "is bound to something else than a secret of the Secrets Store";
const replacing = "served by the Worker secret: not found in the Secrets Store";

const readSetting = async (given: unknown, mayBeText: boolean): Promise<SettingAnswer> => {
  if (mayBeText && typeof given === "string") {
    return { servedBy: "worker_secret", text: given.trim() === "" ? null : given };
  }
  if (!isStoredSecret(given)) return { fault: misbound };
  const answer = await askStore(given);
  return "fault" in answer ? answer : { servedBy: "secrets_store", text: answer.text };
};

/** The binding of the Secrets Store first; the plain name only where that has no such secret, never where it fails. */
const readSecret = async (bindings: SecretBindings, name: SecretTextName): Promise<Outcome> => {
  let wasNotFound = false;
  for (const setting of [`SECRETS_STORE_${name}`, name] as const) {
    const given = bindings[setting];
    if (given === undefined) continue;
    const answer = await readSetting(given, setting === name);
    if ("fault" in answer) return { name, problem: { name: setting, detail: `${setting} ${answer.fault}` } };
    const { servedBy, text } = answer;
    if (text !== null) {
      return { name, servedBy, note: wasNotFound && servedBy === "worker_secret" ? replacing : null, text };
    }
    wasNotFound = true;
  }
  return undefined;
};

/** All four at once, as they are now. */
export const readSecrets = async (bindings: SecretBindings): Promise<readonly Exclude<Outcome, undefined>[]> => {
  const outcomes = await Promise.all(secretNames.map((name) => readSecret(bindings, name)));
  return outcomes.filter((outcome) => outcome !== undefined);
};

export const digestOf = ({ text }: SecretReading): Uint8Array => sha256(text.trim());

/** All or nothing: a ring without a fallback that could not be read would call good keys bad. */
export const loadSecrets = async (bindings: SecretBindings): Promise<LoadedSecrets> => {
  const outcomes = await readSecrets(bindings);
  const problems = outcomes.flatMap((outcome) => ("problem" in outcome ? [outcome.problem] : []));
  if (problems.length > 0) return { ok: false, problems };
  const readings = outcomes.filter((outcome) => "text" in outcome);
  const read = keyringOfTexts(Object.fromEntries(readings.map(({ name, text }) => [name, text])));
  if (!read.ok) return read;
  const sources = readings.map((reading) => {
    const { name, servedBy, note } = reading;
    return { name, servedBy, note, digest: digestOf(reading) };
  });
  return { ok: true, keyring: read.keyring, sources };
};
