import type { Primaries, SecretKind } from "../../core/register.ts";
import type { ObjectState } from "./object-state.ts";
import type { Row } from "./signed-table.ts";

/** What the state of an object counts about its secrets. */
type Counters = Pick<ObjectState, "count" | "counters">;

/** Named after the column of a record that names the secret. */
export const counterOf = (kind: SecretKind, fingerprint: string): string =>
  `${kind === "hmac" ? "mac" : kind}:${fingerprint}`;

/** A record comes or goes, by the secrets it names; one in which nothing is sealed names no encryption key. */
export const countProtected = (state: Counters, row: Row, change: 1 | -1): void => {
  const { encryption_fingerprint, mac_fingerprint } = row;
  if (encryption_fingerprint != null) state.count(counterOf("encryption", String(encryption_fingerprint)), change);
  state.count(counterOf("hmac", String(mac_fingerprint)), change);
};

/** Said in the state too, because a row of adopted secrets from an earlier time of retirement could be put back. */
export const isRetired = ({ counters }: Counters, fingerprint: string): boolean =>
  counters[`retired:${fingerprint}`] === 1;

export const noteRetired = (state: Counters, fingerprint: string): void => {
  if (!isRetired(state, fingerprint)) state.count(`retired:${fingerprint}`, 1);
};

/** Something may be written under these again. */
export const noteNeeded = (state: Counters, primaries: Primaries): void => {
  for (const fingerprint of Object.values(primaries)) {
    if (isRetired(state, fingerprint)) state.count(`retired:${fingerprint}`, -1);
  }
};
