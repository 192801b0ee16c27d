import { describe, expect, it } from "vitest";
import type { Caller } from "../../src/core/access/caller.ts";
import type { Constraint } from "../../src/core/access/permissions.ts";
import type { ApiKey } from "../../src/core/api-key/api-key.ts";
import type { AuditEvent } from "../../src/core/audit-event.ts";
import type { Ports } from "../../src/core/ports.ts";
import { type RevokeKey, revokeKey } from "../../src/core/use-cases/revoke-key.ts";
import { aKey, idAt } from "../support/a-key.ts";
import { InMemoryApiKeys } from "../support/in-memory-api-keys.ts";

const now = 1_750_000_100_000;
const [a, b, c] = [1, 2, 3].map((step) => idAt(1_750_000_000_000 + step)) as [string, string, string];

const caller = (constraint: Constraint | null = null): Caller => ({
  actor: { kind: "service", name: "tests" },
  grants: [{ role: "revoker", permissions: ["keys:revoke"], constraint }],
  requestId: "tests",
  ip: null,
  idempotencyKey: null,
});

const inChain = (id: string, given: Partial<ApiKey>): ApiKey => aKey({ id, lineage: a, ...given });

/** A was replaced by B, B by C; both old ones in grace. */
const chain = (): readonly ApiKey[] => [
  inChain(a, { successor: b, graceEndsAt: now + 1000 }),
  inChain(b, { predecessor: a, successor: c, graceEndsAt: now + 500 }),
  inChain(c, { predecessor: b }),
];

const storeOf = (keys: readonly ApiKey[]) => {
  const apiKeys = new InMemoryApiKeys();
  for (const key of keys) apiKeys.insert(key, `secret of ${key.id}`);
  const events: AuditEvent[] = [];
  const ports: Pick<Ports, "clock" | "apiKeys" | "events"> = {
    clock: { now: () => now, remember: () => undefined },
    apiKeys,
    events: { append: (event) => void events.push(event), happenedSince: () => false },
  };
  const handle = revokeKey(ports as Ports);
  const revoke = (id: string, given: Partial<RevokeKey> = {}, by = caller()) =>
    handle({ type: "revoke-key", id, reason: "leaked", note: null, lineage: false, ...given }, by);
  const live = () => [a, b, c].filter((id) => apiKeys.find(id)?.key.revokedAt === null);
  return { revoke, live, events };
};

describe("revoking", () => {
  it("takes every predecessor still in grace with it, and names them", () => {
    const { revoke, live, events } = storeOf(chain());
    const answer = revoke(c);
    expect(answer).toMatchObject({ ok: true, value: { id: c, status: "revoked", alsoRevoked: [a, b] } });
    expect(live()).toEqual([]);
    expect(events.map(({ type, subject, reason }) => [type, subject.id, reason])).toEqual(
      [c, a, b].map((id) => ["key.revoked", id, "leaked"]),
    );
  });

  it("lets successors live, unless the whole lineage is meant", () => {
    const one = storeOf(chain());
    expect(one.revoke(a)).toMatchObject({ ok: true, value: { alsoRevoked: [] } });
    expect(one.live()).toEqual([b, c]);
    const all = storeOf(chain());
    expect(all.revoke(a, { lineage: true })).toMatchObject({ ok: true, value: { alsoRevoked: [b, c] } });
    expect(all.live()).toEqual([]);
  });

  it("takes a predecessor in grace with it although it is disabled: enabling would revive it", () => {
    const [first, ...rest] = chain();
    const { revoke, live } = storeOf([{ ...(first as ApiKey), enabled: false }, ...rest]);
    expect(revoke(c)).toMatchObject({ ok: true, value: { alsoRevoked: [a, b] } });
    expect(live()).toEqual([]);
  });

  it("leaves predecessors alone whose grace is over, by the clock or by an act", () => {
    const { revoke, live } = storeOf([
      inChain(a, { successor: b, graceEndsAt: now - 1 }),
      inChain(b, { predecessor: a, successor: c, graceEndsAt: now + 1000, graceFinished: true }),
      inChain(c, { predecessor: b }),
    ]);
    expect(revoke(c)).toMatchObject({ ok: true, value: { alsoRevoked: [] } });
    expect(live()).toEqual([a, b]);
  });

  it("again changes nothing: no version, no event, no reason", () => {
    const { revoke, events } = storeOf(chain());
    revoke(c);
    const before = events.length;
    expect(revoke(c, { reason: "unused" })).toMatchObject({
      ok: true,
      value: { version: 2, revocationReason: "leaked", alsoRevoked: [] },
    });
    expect(events).toHaveLength(before);
  });

  it("again for the lineage still ends what lives of it", () => {
    const { revoke, live } = storeOf(chain());
    revoke(b);
    expect(live()).toEqual([c]);
    expect(revoke(b, { lineage: true })).toMatchObject({ ok: true, value: { version: 2, alsoRevoked: [c] } });
    expect(live()).toEqual([]);
  });

  it("finds no key outside the caller's constraint", () => {
    const { revoke, live } = storeOf(chain());
    expect(revoke(c, {}, caller({ owners: ["acct_2"] }))).toEqual({
      ok: false,
      failure: { code: "key_not_found", id: c },
    });
    expect(live()).toEqual([a, b, c]);
  });

  it("changes nothing at all when one key of the chain lies outside the caller's constraint", () => {
    const [first, ...rest] = chain();
    const { revoke, live, events } = storeOf([{ ...(first as ApiKey), owner: "acct_2" }, ...rest]);
    expect(revoke(c, {}, caller({ owners: ["acct_1"] }))).toMatchObject({ ok: false, failure: { code: "forbidden" } });
    expect(live()).toEqual([a, b, c]);
    expect(events).toEqual([]);
  });
});
