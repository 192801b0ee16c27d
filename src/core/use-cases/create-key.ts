import type { Caller } from "../access/caller.ts";
import { mayGrant } from "../access/decide.ts";
import type { ApiKey, Metadata } from "../api-key/api-key.ts";
import { hintOf } from "../api-key/key-string.ts";
import { toTimestampOrNull, viewOfNew } from "../api-key/key-view.ts";
import { newLife } from "../api-key/lifecycle.ts";
import { subjectOf } from "../audit-event.ts";
import type { Ports } from "../ports.ts";
import { refuse, succeed } from "../result.ts";

export interface CreateKey {
  readonly type: "create-key";
  readonly name: string;
  readonly owner: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly metadata: Metadata;
  readonly enabled: boolean;
  readonly recoverable: boolean;
  readonly expiry: Expiry | null;
}

export type Expiry = { readonly at: number } | { readonly inSeconds: number };

const timeOf = (expiry: Expiry | null, now: number): number | null => {
  if (expiry === null) return null;
  return "at" in expiry ? expiry.at : now + expiry.inSeconds * 1000;
};

export const createKey =
  ({ clock, mint, apiKeys, events }: Ports) =>
  (command: CreateKey, caller: Caller) => {
    const now = clock.now();
    const expiresAt = timeOf(command.expiry, now);
    if (expiresAt !== null && expiresAt <= now) return refuse({ code: "expiry_in_the_past" });

    const { name, owner, prefix, scopes, metadata, enabled, recoverable } = command;
    if (!mayGrant(caller.grants, "keys:create", { owner, prefix }, scopes)) return refuse({ code: "exceeds_grantor" });

    const bareId = mint.bareId();
    const keyString = mint.keyString(prefix, bareId);
    const key: ApiKey = {
      id: `key_${bareId}`,
      lineage: `key_${bareId}`,
      name,
      owner,
      prefix,
      hint: hintOf(keyString, prefix),
      scopes,
      metadata,
      recoverable,
      enabled,
      expiresAt,
      ...newLife(now),
    };
    apiKeys.insert(key, keyString);
    events.append(
      {
        type: "key.created",
        subject: subjectOf(key),
        changes: {
          name: { from: null, to: name },
          scopes: { from: null, to: scopes },
          expiresAt: { from: null, to: toTimestampOrNull(expiresAt) },
        },
      },
      caller,
    );
    return succeed({ ...viewOfNew(key, now), key: keyString });
  };
