import { expect } from "vitest";
import type { AdminView } from "../../src/core/access/admin.ts";
import { type Answer, type CreatedAdmin, inObject, type Manager } from "./manager.ts";
import { type AnyAnswer, expectProblem } from "./problems.ts";
import { testWorld } from "./test-world.ts";

type Json = Readonly<Record<string, unknown>>;
type Headers = Readonly<Record<string, string>>;

export const patchAdmin = (by: Manager, id: string, json: Json, headers: Headers = {}): Promise<Answer<AdminView>> =>
  by.request(`/v1/admins/${id}`, { method: "PATCH", json, headers });

export const rotateAdmin = (
  by: Manager,
  id: string,
  json: Json = {},
  headers: Headers = {},
): Promise<Answer<CreatedAdmin & { readonly replaced: AdminView }>> =>
  by.request(`/v1/admins/${id}/rotate`, { json, headers });

export const revokeAdmin = (
  by: Manager,
  id: string,
  json: Json = {},
): Promise<Answer<AdminView & { readonly alsoRevoked: string[] }>> => by.request(`/v1/admins/${id}/revoke`, { json });

export const putRole = (by: Manager, name: string, json: Json, headers: Headers = {}): Promise<AnyAnswer> =>
  by.request(`/v1/roles/${name}`, { method: "PUT", json, headers });

export const deleteRole = (by: Manager, name: string): Promise<AnyAnswer> =>
  by.request(`/v1/roles/${name}`, { method: "DELETE" });

/** Somebody with these roles, as the manager meets him. */
export const adminWith = async (by: Manager, roles: readonly string[]): Promise<CreatedAdmin & { by: Manager }> => {
  const created = await by.createAdmin({ roles });
  return { ...created, by: by.as(created.key) };
};

/** What the manager makes of a key: who it is, or why it is nobody. */
export const whoIs = async (manager: Manager, key: string): Promise<string> => {
  const { status, body } = await manager.as(key).request("/v1/me");
  return status === 200
    ? `${body.status} ${body.roles.join(" ")}`
    : `${status} ${body.code} ${body.reason ?? ""}`.trim();
};

const bytesAsText = (_name: string, value: unknown): unknown =>
  value instanceof ArrayBuffer ? new Uint8Array(value).join() : value;

/** What may be written of a refusal itself is left out. */
const told = [
  "SELECT * FROM admins",
  "SELECT * FROM roles",
  "SELECT * FROM api_keys",
  "SELECT * FROM idempotency_records",
  "SELECT count(*) AS count FROM events WHERE type NOT LIKE 'access.%'",
];

const objects = (): string[] => {
  const shards = Number(testWorld.settings.SHARDS ?? 4);
  return ["admin", ...Array.from({ length: shards }, (_, shard) => `shard-0${shard}`)];
};

/** Every record, and how many events there are. */
const storedState = (): Promise<string[]> =>
  Promise.all(
    objects().map((object) =>
      inObject(object, (sql) =>
        JSON.stringify(
          told.map((statement) => [...sql.exec(statement)]),
          bytesAsText,
        ),
      ),
    ),
  );

const keyTail = /_[0-9A-Za-z]{47}(?![0-9A-Za-z])/;

/** Each act is refused like this, tells no secret, and nothing that is stored is different afterwards. */
export const expectNothingDone = async (
  acts: Readonly<Record<string, () => Promise<AnyAnswer>>>,
  status = 403,
  code = "exceeds_grantor",
): Promise<void> => {
  const before = await storedState();
  for (const [label, act] of Object.entries(acts)) {
    const answer = await act();
    expectProblem(answer, status, code, label);
    expect([label, keyTail.test(answer.text)]).toEqual([label, false]);
  }
  expect(await storedState()).toEqual(before);
};

export interface AdminEvent {
  readonly type: string;
  readonly subject: string;
  readonly actor: string | null;
  readonly changes: Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>> | null;
  readonly reason: string | null;
  readonly note: string | null;
}

/** What became of an admin or a role, oldest first; not what was refused to it. */
export const adminEventsOf = (subjectId: string): Promise<AdminEvent[]> =>
  inObject("admin", (sql) =>
    [
      ...sql.exec(
        "SELECT * FROM events WHERE subject_id = ? AND type NOT LIKE 'access.%' ORDER BY sequence",
        subjectId,
      ),
    ].map((row) => ({
      type: String(row.type),
      subject: `${row.subject_kind} ${row.subject_id} ${row.subject_lineage}`,
      actor: row.actor_id === null ? null : String(row.actor_id),
      changes: row.changes === null ? null : JSON.parse(String(row.changes)),
      reason: row.reason === null ? null : String(row.reason),
      note: row.note === null ? null : String(row.note),
    })),
  );

/** Changes one column of a record past the manager, as whoever can write to the store would. */
export const tamperWith = (table: "admins" | "roles", id: string, column: string, value: SqlStorageValue) =>
  inObject("admin", (sql) => {
    const name = table === "admins" ? "id" : "name";
    sql.exec(`UPDATE ${table} SET ${column} = ? WHERE ${name} = ?`, value, id);
  });
