import {
  anotherIsolate,
  type CreatedAdmin,
  type CreatedKey,
  inObject,
  type Manager,
  redeploy,
  startManager,
  tell,
} from "./manager.ts";
import { fingerprintsOf, newSecrets, rotated, staged } from "./rotated-secrets.ts";
import { openSession, type Visit, visitWith } from "./session.ts";
import { testWorld } from "./test-world.ts";

/** All keys in one shard, so that two objects hold everything. */
export const oneShard = { SHARDS: "1" } as const;
export const objects = ["admin", "shard-00"] as const;

export const signedTables = [
  "object_state",
  "settings",
  "adopted_secrets",
  "roles",
  "admins",
  "sessions",
  "idempotency_records",
  "api_keys",
] as const;

/** The same store under another deployment. */
export const deploy = async (manager: Manager, settings: object): Promise<Manager> => {
  await redeploy({ ...oneShard, ...settings });
  return anotherIsolate(manager);
};

export const startInOneShard = (): Promise<Manager> => {
  testWorld.settings = oneShard;
  return startManager();
};

export const swap = async (manager: Manager): Promise<Manager> => {
  await deploy(manager, staged);
  return deploy(manager, rotated);
};

export interface FullStore {
  readonly manager: Manager;
  readonly admins: readonly CreatedAdmin[];
  readonly keys: readonly CreatedKey[];
  readonly visits: readonly Visit[];
  readonly repeats: readonly { readonly path: string; readonly json: object; readonly once: string }[];
}

const repeat = (manager: Manager, { path, json, once }: FullStore["repeats"][number]) =>
  manager.request(path, { json, headers: { "Idempotency-Key": once } });

/** A manager that holds records of every kind, in each state that they come to. */
export const fillStore = async (): Promise<FullStore> => {
  const manager = await startInOneShard();
  await manager.saveRole("team", { permissions: ["keys:read"], description: "A team" });
  await manager.saveRole("narrow", { permissions: ["keys:read"], constraint: { owners: ["acct_1"] } });
  const admins = [await manager.createAdmin(), await manager.createAdmin({ roles: ["team"] })];
  const [first] = admins;
  admins.push((await manager.request(`/v1/admins/${first?.id}/rotate`, { json: { graceSeconds: 3600 } })).body);
  const gone = await manager.createAdmin();
  await manager.request(`/v1/admins/${gone.id}/revoke`, { json: {} });
  const keys = [await manager.createKey(), await manager.createKey({ recoverable: false, scopes: ["orders:read"] })];
  const [inGrace, revoked, disabled] = [
    await manager.createKey(),
    await manager.createKey(),
    await manager.createKey({ recoverable: false }),
  ];
  keys.push(inGrace, revoked, disabled, (await manager.rotate(inGrace.id, { graceSeconds: 3600 })).body);
  await manager.revoke(revoked.id);
  await manager.patch(disabled.id, { enabled: false });
  const repeats = [
    { path: "/v1/keys", json: { name: "Once", owner: "acct_1" }, once: "a-key" },
    { path: "/v1/keys", json: { name: "Once", owner: "acct_2" }, once: "a-dead-key" },
    { path: "/v1/admins", json: { name: "Once", roles: ["auditor"] }, once: "an-admin" },
  ];
  const [, dead] = await Promise.all(repeats.map((once) => repeat(manager, once)));
  await manager.revoke(dead?.body.id);
  return { manager, admins: [...admins, gone], keys, visits: [await openSession(manager)], repeats };
};

/** Everything that clients learn of it: verdicts, secrets shown again, rights, lists. */
export const toldBy = async (manager: Manager, { admins, keys, visits, repeats }: FullStore): Promise<object> => {
  const verdicts = [];
  for (const { key } of keys) verdicts.push((await manager.validate(key)).code);
  const revealed = [];
  for (const { id } of keys) revealed.push((await manager.reveal(id)).body.key ?? "none");
  const admitted = [];
  for (const { key } of admins) admitted.push((await manager.as(key).request("/v1/me")).status);
  for (const { token } of visits) admitted.push((await visitWith(manager, token).request("/v1/me")).status);
  const repeated = [];
  for (const once of repeats) {
    const { status, body } = await repeat(manager, once);
    repeated.push([status, body.code, body.key]);
  }
  const lists = [];
  for (const kind of ["keys", "admins", "roles"]) {
    const { items } = (await manager.request(`/v1/${kind}?limit=200`)).body;
    lists.push(
      items.map(({ id, name, status, scopes, version, tampered }: Record<string, unknown>) => [
        id ?? name,
        status,
        scopes,
        version,
        tampered,
      ]),
    );
  }
  const { intact } = (await manager.request("/v1/events/verify")).body;
  return { verdicts, revealed, admitted, repeated, lists, intact };
};

/** Records of an object, by table, that are under others than these secrets. */
export const recordsNotUnder = (object: string, secrets: typeof newSecrets): Promise<Record<string, number>> => {
  const { encryption, hmac } = fingerprintsOf(secrets);
  return inObject(object, (sql) => {
    const left = signedTables.map((table) => {
      const columns = [...sql.exec<{ name: string }>(`SELECT name FROM pragma_table_info('${table}')`)];
      const isSealed = columns.some(({ name }) => name === "encryption_fingerprint");
      const where = `mac_fingerprint <> '${hmac}' ${isSealed ? `OR encryption_fingerprint <> '${encryption}'` : ""}`;
      const { count } = sql.exec<{ count: number }>(`SELECT count(*) AS count FROM ${table} WHERE ${where}`).one();
      return [table, count] as const;
    });
    return Object.fromEntries(left.filter(([, count]) => count > 0));
  });
};

/**
 * The secrets swapped and a run asked for, of which no step is done yet, and none is until somebody takes one or
 * finishes the run: no alarm wakes an object.
 */
export const swapWithRunAhead = async (manager: Manager): Promise<Manager> => {
  testWorld.hasAlarms = false;
  await deploy(manager, staged);
  for (const object of objects)
    await tell(object, { type: "start-reencryption", target: fingerprintsOf(newSecrets), again: false });
  const after = await deploy(manager, rotated);
  // Something that makes them adopt the new secrets, and nothing else.
  for (const object of objects) await tell(object, { type: "tell-suppressed-refusals" });
  return after;
};
