import { isEqual } from "../crypto/primitives.ts";
import {
  digestOf,
  type LoadedSource,
  readSecrets,
  type SecretBindings,
  type SecretReading,
  type SecretSource,
} from "./load-secrets.ts";

export interface SecretSourceNow extends SecretSource {
  /** Whether the source has the value in use, another one (which a new deployment takes up), or cannot be read. */
  readonly health: "ok" | "changed" | "unavailable";
}

const gone = "nothing of this name is there any more";

const now = (reading: SecretReading, inUse: readonly LoadedSource[]): SecretSourceNow => {
  const { name, servedBy, note } = reading;
  const used = inUse.find((source) => source.name === name);
  const isSame = used !== undefined && isEqual(used.digest, digestOf(reading));
  return { name, servedBy, note, health: isSame ? "ok" : "changed" };
};

/** Every secret that is given now or is in use, beside what its source says at this moment. */
export const secretSourcesNow = async (
  bindings: SecretBindings,
  inUse: readonly LoadedSource[],
): Promise<readonly SecretSourceNow[]> => {
  const outcomes = await readSecrets(bindings);
  const isRead = (name: string) => outcomes.some((outcome) => outcome.name === name);
  return [
    ...outcomes.map((outcome): SecretSourceNow => {
      if ("text" in outcome) return now(outcome, inUse);
      const { name, problem } = outcome;
      return { name, servedBy: "secrets_store", note: problem.detail, health: "unavailable" };
    }),
    ...inUse
      .filter(({ name }) => !isRead(name))
      .map(({ name, servedBy }): SecretSourceNow => ({ name, servedBy, note: gone, health: "changed" })),
  ];
};
