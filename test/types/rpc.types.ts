/**
 * What a sibling Worker compiles against: the platform's own type of a binding must keep the answers apart and the calls
 * strict. Every `@ts-expect-error` below is an error of the type check as soon as the line under it starts to compile.
 */

import type { KeyIssuer, KeyValidator } from "../../src/index.ts";

interface SiblingBindings {
  readonly KEYS: Service<typeof KeyValidator>;
  readonly ISSUER: Service<typeof KeyIssuer>;
}

declare const env: SiblingBindings;

const is = <Expected>(_value: Expected): void => {};

export const verdictsNarrowByValid = async (): Promise<void> => {
  const verdict = await env.KEYS.validate({ key: "acme_live_", scopes: ["orders:read"], prefixes: ["acme_*"] });
  // @ts-expect-error nothing is known of the key before `valid` was looked at
  is<string>(verdict.owner);
  if (verdict.valid) {
    is<"valid">(verdict.code);
    is<string>(verdict.owner);
    is<readonly string[]>(verdict.scopes);
    is<string | null>(verdict.validUntil);
    is<readonly { readonly code: "rotating"; readonly successor: string }[]>(verdict.warnings);
    const { team } = verdict.metadata;
    if (typeof team === "string") is<string>(team.toUpperCase());
    // @ts-expect-error an accepted key has no status to refuse with
    is<number>(verdict.httpStatus);
    return;
  }
  is<401 | 403 | 500 | 503>(verdict.httpStatus);
  switch (verdict.code) {
    case "invalid_request":
      is<string>(verdict.detail);
      break;
    case "unavailable":
      is<number | undefined>(verdict.retryAfter);
      break;
    case "insufficient_scope":
      is<readonly string[] | undefined>(verdict.missing);
      break;
    // @ts-expect-error a code that nobody answers
    case "unavailabel":
      break;
  }
};

export const answersNarrowByOk = async (): Promise<void> => {
  const created = await env.ISSUER.create({ name: "Server", owner: "acct_1", metadata: { team: { leads: ["Jo"] } } });
  // @ts-expect-error nothing is there before `ok` was looked at
  is<string>(created.value.key);
  if (created.ok) {
    is<string>(created.value.key);
    is<string | null>(created.value.rotation.graceEndsAt);
  } else {
    is<string>(created.detail);
    is<number>(created.httpStatus);
    is<number | undefined>(created.retryAfter);
    if (created.code === "forbidden") is<string | null | undefined>(created.permission);
    // @ts-expect-error a code that no issuer answers
    if (created.code === "csrf") return;
  }
  const page = await env.ISSUER.list({ owner: ["acct_1", "acct_2"], status: "active", limit: 10 });
  if (page.ok) is<string | undefined>(page.value.items[0]?.lineage);
  if (page.ok) is<string | null>(page.value.nextCursor);
  const turned = await env.ISSUER.rotate({ id: "key_", owner: "acct_1", graceSeconds: 60, ifVersion: 1 });
  if (turned.ok) is<string>(turned.value.replaced.id);
  const revoked = await env.ISSUER.revoke({ id: "key_", reason: "leaked", idempotencyKey: "end-1" });
  if (revoked.ok) is<readonly string[]>(revoked.value.alsoRevoked);
};

export const callsThatDoNotCompile = (): void => {
  // @ts-expect-error a misspelt member
  void env.KEYS.validate({ key: "acme_live_", scope: ["orders:read"] });
  // @ts-expect-error no key
  void env.KEYS.validate({ scopes: ["orders:read"] });
  // @ts-expect-error a text for a list
  void env.KEYS.validate({ key: "acme_live_", scopes: "orders:read" });
  // @ts-expect-error no owner
  void env.ISSUER.create({ name: "Server" });
  // @ts-expect-error a misspelt member
  void env.ISSUER.create({ name: "Server", owner: "acct_1", scope: [] });
  // @ts-expect-error a status there is not
  void env.ISSUER.list({ status: "live" });
  // @ts-expect-error no id
  void env.ISSUER.get({ owner: "acct_1" });
  // @ts-expect-error an owner that may be missing would open the keys of all
  void env.ISSUER.get({ id: "key_", owner: undefined });
  // @ts-expect-error a misspelt member
  void env.ISSUER.rotate({ id: "key_", grace: 60 });
  // @ts-expect-error a reveal is nothing an issuer does
  void env.ISSUER.reveal({ id: "key_" });
};
