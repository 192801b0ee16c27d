import { type CreatedKey, ManagerClient } from "./manager-client.ts";
import { until } from "./recovery.ts";

const writers = 8;

interface RepeatableKey extends CreatedKey {
  readonly idempotencyKey: string;
  readonly request: object;
}

/** What somebody who used the manager has in hands. */
export interface Contents {
  /** Good ones, each asked for with an Idempotency-Key; every third is not recoverable. */
  readonly keys: readonly RepeatableKey[];
  /** Some of every other state, and what a validation says of them. */
  readonly others: readonly (CreatedKey & { readonly verdict: Verdict })[];
  readonly admins: readonly CreatedKey[];
  /** Values of the Cookie header. */
  readonly sessions: readonly string[];
}

/** Works through a list, several at a time; the results stand as their items do. */
export const byMany = async <Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> => {
  const results: Result[] = [];
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: writers }, worker));
  return results;
};

type Verdict = Record<string, unknown>;

export const verdictOf = async (client: ManagerClient, { key }: { readonly key: string }): Promise<Verdict> =>
  (await client.ask("POST", "/v1/validate", { key })).body;

/** Some of every kind of record, and many of those that are many. */
export const fillManager = async (url: string, client: ManagerClient, keyCount: number): Promise<Contents> => {
  const over = await client.createKey("soon over", { expiresInSeconds: 1 });
  for (const [name, permissions] of Object.entries(roles))
    await client.ask("PUT", `/v1/roles/${name}`, { permissions });
  const changed = await changedKeys(client);
  const keys = await byMany(Array.from({ length: keyCount }), async (_, index) => {
    const request = { name: `key ${index}`, owner: "acct_42", recoverable: index % 3 !== 0 };
    const idempotencyKey = `create-${index}`;
    const created = await client.createKey(request.name, request, { "idempotency-key": idempotencyKey });
    return { ...created, idempotencyKey, request };
  });
  const admins = await byMany(Array.from({ length: 60 }), async (_, index) => {
    const body = { name: `Admin ${index}`, roles: [index % 2 === 0 ? "auditor" : "team_a"] };
    const answer = await client.ask("POST", "/v1/admins", body, { "idempotency-key": `admin-${index}` });
    return { id: String(answer.body.id), key: String(answer.body.key) };
  });
  const sessions = await byMany(admins, async ({ key }) => {
    const { headers } = await new ManagerClient(url, key).fetch("POST", "/v1/session");
    return String(headers.get("set-cookie")?.split(";")[0]);
  });
  await until(async () => !(await verdictOf(client, over)).valid);
  const others = await byMany([over, ...changed], async (key) => ({ ...key, verdict: await verdictOf(client, key) }));
  return { keys, others, admins, sessions };
};

const roles = { team_a: ["keys:read"], team_b: ["keys:read", "keys:create"] };

/** Revoked, disabled, rotated without and with a grace, and the successors. */
const changedKeys = async (client: ManagerClient): Promise<CreatedKey[]> => {
  const keys = await byMany(Array.from({ length: 4 }), () => client.createKey("changed"));
  const [revoked, disabled, ...rotated] = keys;
  await client.ask("POST", `/v1/keys/${revoked?.id}/revoke`, {});
  await client.ask("PATCH", `/v1/keys/${disabled?.id}`, { enabled: false });
  const successors = await byMany(rotated, async ({ id }, index) => {
    const { body } = await client.ask("POST", `/v1/keys/${id}/rotate`, { graceSeconds: index * 3600 });
    return { id: String(body.id), key: String(body.key) };
  });
  return [...keys, ...successors];
};
