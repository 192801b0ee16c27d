import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import type { Caller } from "../../src/core/access/caller.ts";
import { permissions } from "../../src/core/access/permissions.ts";
import { RefusedAttempts } from "../../src/core/access/refused-attempts.ts";
import { bareIdOf } from "../../src/core/api-key/key-string.ts";
import type { Ports } from "../../src/core/ports.ts";
import { useCases } from "../../src/core/use-cases.ts";
import { mintKeyString } from "../../src/infrastructure/crypto/mint-key-string.ts";
import { digestOf } from "../../src/infrastructure/crypto/verifier.ts";
import { keyringOfTexts, type SecretTexts } from "../../src/infrastructure/secrets/keyring-of-texts.ts";
import { AdoptedSecrets } from "../../src/infrastructure/sqlite/adopted-secrets.ts";
import { KeyUses } from "../../src/infrastructure/sqlite/key-uses.ts";
import { ObjectState } from "../../src/infrastructure/sqlite/object-state.ts";
import { SqliteAdmins } from "../../src/infrastructure/sqlite/sqlite-admins.ts";
import { SqliteApiKeys } from "../../src/infrastructure/sqlite/sqlite-api-keys.ts";
import { SqliteEventLog } from "../../src/infrastructure/sqlite/sqlite-event-log.ts";
import { SqliteEvents } from "../../src/infrastructure/sqlite/sqlite-events.ts";
import { SqliteKeptAnswers } from "../../src/infrastructure/sqlite/sqlite-kept-answers.ts";
import { SqliteKeyTally } from "../../src/infrastructure/sqlite/sqlite-key-tally.ts";
import { SqliteProtection } from "../../src/infrastructure/sqlite/sqlite-protection.ts";
import { SqliteRoles } from "../../src/infrastructure/sqlite/sqlite-roles.ts";
import { SqliteSessions } from "../../src/infrastructure/sqlite/sqlite-sessions.ts";
import { SqliteSettings } from "../../src/infrastructure/sqlite/sqlite-settings.ts";
import { SqliteValidations } from "../../src/infrastructure/sqlite/sqlite-validations.ts";
import { forgetEverything, inObject } from "../support/manager.ts";
import { rotated } from "../support/rotated-secrets.ts";

afterEach(forgetEverything);

const caller: Caller = {
  actor: { kind: "service", name: "tests" },
  grants: [{ role: "all", permissions, constraint: null }],
  requestId: "tests",
  ip: null,
  idempotencyKey: null,
};

/** The use cases over real storage, with the platform's own count of the rows each of them writes and reads. */
const metered = (sql: SqlStorage, settings: SecretTexts = {}) => {
  const secrets = keyringOfTexts({ ...(env as unknown as SecretTexts), ...settings });
  if (!secrets.ok) throw new Error("the tests have no secrets");
  const { keyring } = secrets;
  const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
  const counting = {
    exec: (query: string, ...bindings: SqlStorageValue[]) => {
      const cursor = sql.exec(query, ...bindings);
      cursors.push(cursor);
      return cursor;
    },
  } as SqlStorage;
  const signing = { sql: counting, object: "shard-00", ring: keyring.hmac, hasWrittenUnder: () => false };
  const state = new ObjectState(signing, keyring, () => Date.now());
  const keptAnswers = new SqliteKeptAnswers(signing, keyring, state);
  const limits = { examinedRowsMax: 5000, renewedRowsMax: 10 };
  const adopted = new AdoptedSecrets(counting, "shard-00", keyring);
  const [uses, validations] = [new KeyUses(counting), new SqliteValidations(counting)];
  const keyTally = new SqliteKeyTally(counting, state, uses, limits);
  const ports: Ports = {
    clock: state,
    mint: {
      bareId: () => bareIdOf(state.nextOrdinal(), 0, "0000000000"),
      keyString: (prefix, bareId) => mintKeyString(keyring.hmac.primary, prefix, bareId),
    },
    apiKeys: new SqliteApiKeys(signing, keyring, state, { uses, validations, keyTally, keptAnswers }),
    admins: new SqliteAdmins(signing, keyring, state, keptAnswers),
    roles: new SqliteRoles(signing),
    sessions: new SqliteSessions(signing, keyring, state),
    events: new SqliteEvents(counting, "shard-00", state),
    eventLog: new SqliteEventLog(signing, keyring),
    settings: new SqliteSettings(signing, adopted, state),
    keptAnswers,
    refusedAttempts: new RefusedAttempts(),
    validations,
    keyTally,
    protection: new SqliteProtection(signing, keyring, adopted, state),
    limits,
  };
  const cases = useCases(ports);
  const rows = <Answer>(run: () => Answer) => {
    cursors.length = 0;
    const answer = run();
    state.write();
    const sum = (count: (cursor: (typeof cursors)[number]) => number) => cursors.map(count).reduce((a, b) => a + b, 0);
    return { answer, written: sum(({ rowsWritten }) => rowsWritten), read: sum(({ rowsRead }) => rowsRead) };
  };
  return { cases, rows };
};

const aCreate = {
  type: "create-key",
  name: "Production server",
  owner: "acct_42",
  prefix: "lk_live",
  scopes: ["orders:read"],
  metadata: {},
  enabled: true,
  recoverable: true,
  expiry: null,
} as const;

describe("rows written, which is what a store costs", () => {
  it("are five for a create, none for a validation, eight for a rotation, four for a revocation", () =>
    inObject("shard-00", (sql) => {
      const { cases, rows } = metered(sql);
      const create = () => cases["create-key"](aCreate, caller);
      rows(create);
      const created = rows(create);
      if (!created.answer.ok) throw new Error(created.answer.failure.code);
      const { id, key } = created.answer.value;
      expect(created.written).toBe(5);

      const validate = { type: "validate-key", id, digest: digestOf(key), scopes: [], anyScope: [] } as const;
      const validated = rows(() => cases["validate-key"](validate, caller));
      expect(validated.answer.value).toMatchObject({ valid: true });
      expect([validated.read, validated.written]).toEqual([1, 0]);

      const rotate = { type: "rotate-key", id, graceSeconds: 60 } as const;
      const rotated = rows(() => cases["rotate-key"](rotate, caller));
      expect(rotated.answer.ok).toBe(true);
      expect(rotated.written).toBe(8);

      const revoke = { type: "revoke-key", id, reason: null, note: null, lineage: false } as const;
      expect(rows(() => cases["revoke-key"](revoke, caller)).written).toBe(4);
      const list = { type: "list-keys", search: anything, before: null, limit: 50 } as const;
      expect(rows(() => cases["list-keys"](list, caller)).written).toBe(0);
      expect(rows(() => cases["get-stats"]({ type: "get-stats" }, caller)).written).toBe(0);
    }));

  it("are one more where an index has to hold an expiry, and no more where an end leaves its index", () =>
    inObject("shard-00", (sql) => {
      const { cases, rows } = metered(sql);
      const expiring = { ...aCreate, expiry: { inSeconds: 3600 } };
      const create = () => cases["create-key"](expiring, caller);
      rows(create);
      const created = rows(create);
      if (!created.answer.ok) throw new Error(created.answer.failure.code);
      expect(created.written).toBe(6);
      const { id } = created.answer.value;
      const rotate = { type: "rotate-key", id, graceSeconds: 60 } as const;
      expect(rows(() => cases["rotate-key"](rotate, caller)).written).toBe(9);
      expect(rows(() => cases["finish-rotation"]({ type: "finish-rotation", id }, caller)).written).toBe(3);
      const revoke = { type: "revoke-key", id, reason: null, note: null, lineage: false } as const;
      expect(rows(() => cases["revoke-key"](revoke, caller)).written).toBe(4);
    }));

  it("are one for each record that a re-encryption moves, and two for each of its steps", () =>
    inObject("shard-00", (sql) => {
      const former = metered(sql);
      for (let made = 0; made < 30; made += 1) former.rows(() => former.cases["create-key"](aCreate, caller));

      const { cases, rows } = metered(sql, rotated);
      rows(() => cases["start-reencryption"]({ type: "start-reencryption", target: null, again: false }, caller));
      const step = () => rows(() => cases["reencrypt-records"]({ type: "reencrypt-records" }, caller));
      const steps = [step(), step(), step()];
      expect(steps.map(({ answer }) => answer.ok && answer.value)).toEqual(["running", "running", "running"]);
      expect(steps[1]?.written).toBe(10 + 2);
    }));
});

const anything = { ids: [], owners: [], statuses: [], prefixes: [], scopes: [], lineages: [], words: [] };
