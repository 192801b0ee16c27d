import { env } from "cloudflare:workers";
import { listKeys } from "../../src/api/routes/list-keys.ts";
import type { Services } from "../../src/api/services.ts";
import type { Caller } from "../../src/core/access/caller.ts";
import type { Constraint } from "../../src/core/access/permissions.ts";
import { grantsOf } from "../../src/core/access/role.ts";
import type { KeySearch } from "../../src/core/api-key/key-search.ts";
import type { KeyView } from "../../src/core/api-key/key-view.ts";
import type { ShardPage } from "../../src/core/api-key/merge-pages.ts";
import type { Bindings } from "../../src/infrastructure/bindings.ts";
import { heldSecretsOf, ringOf } from "../../src/infrastructure/crypto/keyring.ts";
import { Deployment } from "../../src/infrastructure/deployment.ts";
import { decodeCursor, encodeCursor } from "../../src/infrastructure/list-cursor.ts";
import { shardName } from "../../src/infrastructure/object-names.ts";
import { keyringOfTexts, type SecretTexts } from "../../src/infrastructure/secrets/keyring-of-texts.ts";
import { type Answer, type CreatedKey, inObject, type Manager, objectOf } from "./manager.ts";
import { testWorld } from "./test-world.ts";

export interface Page {
  readonly items: readonly KeyView[];
  readonly nextCursor: string | null;
}

export type Filters = ConstructorParameters<typeof URLSearchParams>[0];

const bindings = env as unknown as Bindings;
const atOnce = 50;

export const listPage = (manager: Manager, filters: Filters = {}, cursor?: string | null): Promise<Answer<Page>> => {
  const parameters = new URLSearchParams(filters);
  if (cursor) parameters.set("cursor", cursor);
  return manager.request<Page>(`/v1/keys?${parameters}`);
};

/** Page after page until `nextCursor` is null; the filters may differ in their limit only. */
export async function* pagesOf(
  manager: Manager,
  filtersOf: (page: number) => Filters,
): AsyncGenerator<Answer<Page>, void> {
  let cursor: string | null = null;
  for (let page = 0; page === 0 || cursor !== null; page += 1) {
    const answer: Answer<Page> = await listPage(manager, filtersOf(page), cursor);
    if (answer.status !== 200) throw new Error(`the list answered ${answer.text}`);
    yield answer;
    const { nextCursor } = answer.body;
    if (nextCursor !== null && nextCursor === cursor) throw new Error("the walk stands still");
    cursor = nextCursor;
  }
}

export const walk = async (manager: Manager, filters: Filters = { limit: "200" }): Promise<KeyView[]> => {
  const items: KeyView[] = [];
  for await (const { body } of pagesOf(manager, () => filters)) items.push(...body.items);
  return items;
};

export const createMany = async (
  manager: Manager,
  count: number,
  fieldsOf: (index: number) => Readonly<Record<string, unknown>> = () => ({}),
): Promise<CreatedKey[]> => {
  const created: CreatedKey[] = [];
  while (created.length < count) {
    const batch = Math.min(atOnce, count - created.length);
    const first = created.length;
    created.push(
      ...(await Promise.all(Array.from({ length: batch }, (_, index) => manager.createKey(fieldsOf(first + index))))),
    );
  }
  return created;
};

export const idsOf = (keys: readonly { readonly id: string }[]): string[] => keys.map(({ id }) => id);

/** In plain code-unit order, the newest first. */
export const newestFirst = (ids: readonly string[]): string[] => [...ids].sort().reverse();

/** Takes a key out of its object's tables, all that a list could find it by. */
export const removeRow = (id: string): Promise<unknown> =>
  inObject(objectOf(id), (sql) => {
    const [row] = sql.exec<{ ordinal: number }>("DELETE FROM api_keys WHERE id = ? RETURNING ordinal", id);
    sql.exec("DELETE FROM api_key_words WHERE rowid = ?", row?.ordinal ?? -1);
  });

const callerWith = (grants: Caller["grants"]): Caller => ({
  actor: { kind: "service", name: "tests" },
  grants,
  requestId: "tests-request",
  ip: null,
  idempotencyKey: null,
});

const owner = callerWith(grantsOf({ find: () => undefined }, ["owner"]));

const everything: KeySearch = {
  ids: [],
  owners: [],
  statuses: [],
  prefixes: [],
  scopes: [],
  lineages: [],
  words: [],
};

export const searchFor = (narrowed: Partial<KeySearch>): KeySearch => ({ ...everything, ...narrowed });

/** What one shard alone answers, asked past the Worker. */
export const askShard = async (
  shard: number,
  search: KeySearch,
  before: string | null,
  limit: number,
): Promise<ShardPage<KeyView>> => {
  const object = bindings.KEY_MANAGER.getByName(shardName(shard));
  const answer = await object.execute({ type: "list-keys", search, before, limit }, owner);
  if (!answer.ok) throw new Error(`the shard answered ${answer.failure.code}`);
  return answer.value;
};

/** Makes a key in the shard a test wants it in. */
export const createInShard = async (shard: number, scopes: readonly string[] = []): Promise<string> => {
  const object = bindings.KEY_MANAGER.getByName(shardName(shard));
  const fields = { name: "A key", owner: "acct_1", prefix: "lk_live", scopes, metadata: {} };
  const options = { enabled: true, recoverable: true, expiry: null };
  const answer = await object.execute({ type: "create-key", ...fields, ...options }, owner);
  if (!answer.ok) throw new Error(`the shard answered ${answer.failure.code}`);
  return answer.value.id;
};

const ring = () => {
  const secrets = keyringOfTexts({ ...bindings, ...testWorld.settings } as SecretTexts);
  if (!secrets.ok) throw new Error("the secrets of the tests are not in order");
  return secrets.keyring.hmac;
};

type CursorScope = Parameters<typeof encodeCursor>[1];

/** What the cursors of an unconstrained caller are bound to. */
export const scopeOf = (search: KeySearch): CursorScope => ({
  route: "keys",
  filters: JSON.stringify(search),
  constraints: JSON.stringify(["null"]),
});

export const keyOfCursor = (search: KeySearch, cursor: string): string => {
  const bareId = decodeCursor(ring(), scopeOf(search), cursor);
  if (bareId === undefined) throw new Error("the cursor is not one of this search");
  return `key_${bareId}`;
};

type HmacSecret = Parameters<typeof encodeCursor>[0]["primary"];

export const cursorUnder = (secret: HmacSecret, scope: CursorScope, keyId: string): string =>
  encodeCursor(ringOf(secret, []), scope, keyId.slice(4));

/** The list as a caller meets it whose right to read keys is narrowed. */
export const listWithin = async (
  constraint: Constraint | null,
  filters: Filters = {},
): Promise<{ readonly code?: string; readonly page: Page }> => {
  const ready = await new Deployment({ ...bindings, ...testWorld.settings }).ready();
  if (!ready.ok) throw new Error(`the deployment answered ${ready.failure.code}`);
  const { keyring, manager, frontDoor } = ready.value;
  const url = new URL(`http://latchkey.test/v1/keys?${new URLSearchParams(filters)}`);
  const answer = await listKeys.answer({
    parameters: {},
    search: url.searchParams,
    json: {},
    caller: callerWith([{ role: "narrowed", permissions: ["keys:read"], constraint }]),
    admin: null,
    session: null,
    condition: {},
    url,
    services: {} as Services,
    ready: {
      manager,
      validate: (request, caller) => frontDoor.validate(request, caller),
      authenticate: (keyString, origin) => frontDoor.authenticate(keyString, origin),
      authenticateSession: (token, origin) => frontDoor.authenticateSession(token, origin),
      streamEvents: (command, caller) => manager.streamEvents(command, caller),
      heldSecrets: heldSecretsOf(keyring),
      encodeCursor: (scope, bareId) => encodeCursor(keyring.hmac, scope, bareId),
      decodeCursor: (scope, cursor) => decodeCursor(keyring.hmac, scope, cursor),
    },
  });
  if (!(answer instanceof Response)) return { code: answer.code, page: { items: [], nextCursor: null } };
  return { page: await answer.json<Page>() };
};
