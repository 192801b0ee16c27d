import { afterEach, describe, expect, it } from "vitest";
import type { Verdict } from "../../src/core/api-key/verdict.ts";
import {
  type Answer,
  type CreatedKey,
  forgetEverything,
  inObject,
  type Manager,
  startManager,
} from "../support/manager.ts";

afterEach(forgetEverything);

/** Fifty rounds, each with keys of its own, all under way at once. */
const inEveryRound = (play: (round: number) => Promise<void>): Promise<unknown> =>
  Promise.all(Array.from({ length: 50 }, (_, round) => play(round)));

interface Row extends Record<string, SqlStorageValue> {
  readonly id: string;
  readonly lineage: string;
  readonly enabled: number;
  readonly predecessor: string | null;
  readonly successor: string | null;
  readonly revoked_at: number | null;
  readonly revocation_reason: string | null;
  readonly encryption_fingerprint: string;
  readonly mac_fingerprint: string;
}

const countBy = (rows: readonly Row[], column: keyof Row, label: string): [string, number][] =>
  [...Map.groupBy(rows, (row) => `${label}:${row[column]}`)].map(([name, { length }]) => [name, length]);

const timely = /^(status:|seen:|tallied|unused|inGrace|expiring)/;

/** Where a key counts that is not revoked depends on the time; here it matters that each counts once. */
const withoutTime = (counters: Readonly<Record<string, number>>): Record<string, number> => {
  const byStatus = Object.entries(counters).filter(([name]) => name.startsWith("status:"));
  const all = byStatus.reduce((sum, [, count]) => sum + count, 0);
  const kept = Object.entries(counters).filter(([name]) => !timely.test(name) || name === "status:revoked");
  return Object.fromEntries([...kept, ...(all > 0 ? [["counted by status", all] as const] : [])]);
};

/** What the counters have to be; a counter at nought is not kept. */
const countersOf = (rows: readonly Row[]): Record<string, number> => {
  const facts: [string, number][] = [
    ["keys", rows.length],
    ["revoked", rows.filter(({ revoked_at }) => revoked_at !== null).length],
    ["disabled", rows.filter(({ enabled }) => enabled === 0).length],
    ["rotated", rows.filter(({ successor }) => successor !== null).length],
    ["status:revoked", rows.filter(({ revoked_at }) => revoked_at !== null).length],
    ["counted by status", rows.length],
    ...countBy(rows, "encryption_fingerprint", "encryption"),
    ...countBy(rows, "mac_fingerprint", "mac"),
  ];
  return Object.fromEntries(facts.filter(([, count]) => count > 0));
};

const brokenLinks = (rows: readonly Row[]): string[] => {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return rows.flatMap(({ id, lineage, predecessor, successor, revocation_reason }) => {
    const next = successor === null ? undefined : byId.get(successor);
    const previous = predecessor === null ? undefined : byId.get(predecessor);
    const isLinkedBack = successor === null || (next?.predecessor === id && next.lineage === lineage);
    const isAimedAt = predecessor === null || previous?.successor === id;
    const isCancelled = revocation_reason === "rotation_cancelled";
    return [
      ...(isLinkedBack ? [] : [`${id} points to a successor that is not its own`]),
      ...(isAimedAt || isCancelled ? [] : [`${id} has no predecessor pointing to it`]),
    ];
  });
};

const manyHeads = (rows: readonly Row[]): string[] =>
  [...Map.groupBy(rows, ({ lineage }) => lineage)]
    .map(([lineage, keys]) => ({ lineage, heads: keys.filter((key) => !key.successor && key.revoked_at === null) }))
    .filter(({ heads }) => heads.length > 1)
    .map(({ lineage, heads }) => `${lineage} has ${heads.length} live heads`);

/** Everything about the stored keys that no order of commands may bring about. */
const contradictions = async (): Promise<string[]> => {
  const found = [0, 1, 2, 3].map((shard) =>
    inObject(`shard-0${shard}`, (sql) => {
      const rows = [...sql.exec<Row>("SELECT * FROM api_keys")];
      const [state] = sql.exec<{ counters: string }>("SELECT counters FROM object_state");
      const counters = withoutTime(JSON.parse(state?.counters ?? "{}"));
      const wanted = countersOf(rows);
      const isCounted = JSON.stringify(sorted(counters)) === JSON.stringify(sorted(wanted));
      const miscounted = `counted ${JSON.stringify(counters)} instead of ${JSON.stringify(wanted)}`;
      return [...brokenLinks(rows), ...manyHeads(rows), ...(isCounted ? [] : [miscounted])];
    }),
  );
  return (await Promise.all(found)).flat();
};

const sorted = (counters: Record<string, number>) => Object.entries(counters).sort();

// biome-ignore lint/suspicious/noExplicitAny: a race may end in one body or in another.
type Outcome = Answer<any>;

/** How it ended: the status, or the code of the refusal. */
const endOf = ({ status, body }: Outcome): string => (status < 300 ? String(status) : `${status} ${body.code}`);

/** Sends both at once, the other one first in every second round. */
const race = async (round: number, one: () => Promise<Outcome>, other: () => Promise<Outcome>) => {
  if (round % 2 === 0) return Promise.all([one(), other()]);
  const answers = await Promise.all([other(), one()]);
  return [answers[1], answers[0]] as const;
};

const verdictsOf = (manager: Manager, ...keys: readonly CreatedKey[]): Promise<Verdict[]> =>
  Promise.all(keys.map(({ key }) => manager.validate(key)));

describe("two hundred parallel rotations of one key", () => {
  it("make one successor, and every other caller is told of it", async () => {
    const manager = await startManager();
    const old = await manager.createKey();
    const answers = await Promise.all(Array.from({ length: 200 }, () => manager.rotate(old.id)));
    const made = answers.filter(({ status }) => status === 201).map(({ body }) => body);
    expect(made).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(new Set(refused.map(endOf))).toEqual(new Set(["409 already_rotated"]));
    expect(new Set(refused.map(({ body }) => (body as unknown as { successor: string }).successor))).toEqual(
      new Set([made[0]?.id]),
    );
    expect((await manager.request(`/v1/keys?lineage=${old.id}`)).body.items).toHaveLength(2);
    expect((await verdictsOf(manager, old, ...made)).map(({ code }) => code)).toEqual(["valid", "valid"]);
    expect(await contradictions()).toEqual([]);
  });
});

describe("a rotation at the same moment as", () => {
  it("a revocation of the key comes before it, and the successor lives, or is refused", async () => {
    const manager = await startManager();
    await inEveryRound(async (round) => {
      const old = await manager.createKey();
      const [rotated, revoked] = await race(
        round,
        () => manager.rotate(old.id),
        () => manager.revoke(old.id),
      );
      expect(["201", "409 key_revoked"]).toContain(endOf(rotated));
      expect(revoked.body).toMatchObject({ status: "revoked", alsoRevoked: [] });
      const { rotation } = (await manager.request(`/v1/keys/${old.id}`)).body;
      expect(rotation.successor).toBe(rotated.status === 201 ? rotated.body.id : null);
      expect(await manager.validate(old.key)).toMatchObject({ code: "revoked" });
      if (rotated.status === 201) expect(await manager.validate(rotated.body.key)).toMatchObject({ valid: true });
    });
    expect(await contradictions()).toEqual([]);
  });

  it("a revocation of the whole lineage leaves nothing alive that the revocation came after", async () => {
    const manager = await startManager();
    await inEveryRound(async (round) => {
      const old = await manager.createKey();
      const revokeAll = () => manager.revoke(old.id, { lineage: true });
      const [rotated, revoked] = await race(round, () => manager.rotate(old.id), revokeAll);
      expect(["201", "409 key_revoked"]).toContain(endOf(rotated));
      expect(revoked.body.alsoRevoked).toEqual(rotated.status === 201 ? [rotated.body.id] : []);
      const { body } = await manager.request(`/v1/keys?lineage=${old.id}`);
      expect(body.items.filter(({ status }: { readonly status: string }) => status !== "revoked")).toEqual([]);
    });
    expect(await contradictions()).toEqual([]);
  });

  it("a cancel that revokes the very key: one of the two is refused", async () => {
    const manager = await startManager();
    await inEveryRound(async (round) => {
      const old = await manager.createKey();
      const fresh = (await manager.rotate(old.id)).body;
      const [rotated, cancelled] = await race(
        round,
        () => manager.rotate(fresh.id),
        () => manager.cancel(old.id),
      );
      const ends = [endOf(rotated), endOf(cancelled)];
      expect([
        ["201", "409 successor_rotated"],
        ["409 key_revoked", "200"],
      ]).toContainEqual(ends);
      const live = (await verdictsOf(manager, old, fresh)).map(({ code }) => code);
      expect(live).toEqual(["valid", cancelled.status === 200 ? "revoked" : "valid"]);
    });
    expect(await contradictions()).toEqual([]);
  });

  it("a cancel of the one before: it is refused, or follows it", async () => {
    const manager = await startManager();
    await inEveryRound(async (round) => {
      const old = await manager.createKey();
      const fresh = (await manager.rotate(old.id)).body;
      const [rotated, cancelled] = await race(
        round,
        () => manager.rotate(old.id),
        () => manager.cancel(old.id),
      );
      expect(cancelled.status).toBe(200);
      expect(["201", "409 already_rotated"]).toContain(endOf(rotated));
      const { body } = await manager.request(`/v1/keys/${old.id}`);
      expect(body.rotation.successor).toBe(rotated.status === 201 ? rotated.body.id : null);
      expect((await verdictsOf(manager, old, fresh)).map(({ code }) => code)).toEqual(["valid", "revoked"]);
    });
    expect(await contradictions()).toEqual([]);
  });

  it("a finish of the one before: both come about", async () => {
    const manager = await startManager();
    await inEveryRound(async (round) => {
      const old = await manager.createKey();
      const fresh = (await manager.rotate(old.id)).body;
      const [rotated, finished] = await race(
        round,
        () => manager.rotate(fresh.id),
        () => manager.finish(old.id),
      );
      expect([endOf(rotated), endOf(finished)]).toEqual(["201", "200"]);
      const codes = (await verdictsOf(manager, old, fresh, rotated.body)).map(({ code }) => code);
      expect(codes).toEqual(["rotated", "valid", "valid"]);
    });
    expect(await contradictions()).toEqual([]);
  });
});

describe("a finish at the same moment as a cancel", () => {
  it("is refused, or refuses it", async () => {
    const manager = await startManager();
    await inEveryRound(async (round) => {
      const old = await manager.createKey();
      const fresh = (await manager.rotate(old.id)).body;
      const [finished, cancelled] = await race(
        round,
        () => manager.finish(old.id),
        () => manager.cancel(old.id),
      );
      expect([endOf(finished), endOf(cancelled)].toSorted()).toEqual(["200", "409 not_rotating"]);
      const codes = (await verdictsOf(manager, old, fresh)).map(({ code }) => code);
      expect(codes).toEqual(finished.status === 200 ? ["rotated", "valid"] : ["valid", "revoked"]);
    });
    expect(await contradictions()).toEqual([]);
  });
});

describe("the check of these tests", () => {
  it.each([
    [
      "points to a successor that is not its own",
      "UPDATE api_keys SET successor = lineage WHERE predecessor IS NOT NULL",
    ],
    ["has no predecessor pointing to it", "UPDATE api_keys SET successor = NULL WHERE predecessor IS NULL"],
    ["has 2 live heads", "UPDATE api_keys SET successor = NULL WHERE predecessor IS NULL"],
    ["instead of", "DELETE FROM api_keys WHERE predecessor IS NULL"],
  ])("notices a store in which something %s", async (contradiction, statement) => {
    const manager = await startManager();
    await manager.rotate((await manager.createKey()).id);
    expect(await contradictions()).toEqual([]);
    for (const shard of [0, 1, 2, 3]) await inObject(`shard-0${shard}`, (sql) => void sql.exec(statement));
    expect((await contradictions()).join()).toContain(contradiction);
  });
});
