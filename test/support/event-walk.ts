import { env } from "cloudflare:workers";
import { listEvents } from "../../src/api/routes/list-events.ts";
import type { Services } from "../../src/api/services.ts";
import type { Caller } from "../../src/core/access/caller.ts";
import { type Constraint, type Grant, permissions } from "../../src/core/access/permissions.ts";
import type { EventView } from "../../src/core/stored-event.ts";
import type { VerifiedChain } from "../../src/core/verified-chain.ts";
import worker from "../../src/index.ts";
import type { Bindings, KeyManagerObjects } from "../../src/infrastructure/bindings.ts";
import { heldSecretsOf } from "../../src/infrastructure/crypto/keyring.ts";
import { Deployment } from "../../src/infrastructure/deployment.ts";
import { decodeCursor, encodeCursor } from "../../src/infrastructure/list-cursor.ts";
import { keyringOfTexts, type SecretTexts } from "../../src/infrastructure/secrets/keyring-of-texts.ts";
import { AdoptedSecrets } from "../../src/infrastructure/sqlite/adopted-secrets.ts";
import { ObjectState } from "../../src/infrastructure/sqlite/object-state.ts";
import { SqliteEvents } from "../../src/infrastructure/sqlite/sqlite-events.ts";
import type { Filters } from "./list-walk.ts";
import { type Answer, evict, inObject, type Manager } from "./manager.ts";
import { testWorld } from "./test-world.ts";

export interface EventPage {
  readonly items: readonly EventView[];
  readonly nextCursor: string | null;
}

const bindings = env as unknown as Bindings;

export const eventPage = (
  manager: Manager,
  filters: Filters = {},
  cursor?: string | null,
): Promise<Answer<EventPage>> => {
  const parameters = new URLSearchParams(filters);
  if (cursor) parameters.set("cursor", cursor);
  return manager.request<EventPage>(`/v1/events?${parameters}`);
};

/** Page after page until `nextCursor` is null. */
export async function* eventPages(manager: Manager, filters: Filters): AsyncGenerator<EventPage, void> {
  let cursor: string | null = null;
  do {
    const { status, text, body }: Answer<EventPage> = await eventPage(manager, filters, cursor);
    if (status !== 200) throw new Error(`the list of events answered ${text}`);
    if (body.nextCursor !== null && body.nextCursor === cursor) throw new Error("the walk stands still");
    cursor = body.nextCursor;
    yield body;
  } while (cursor !== null);
}

export const walkEvents = async (manager: Manager, filters: Filters = { limit: "200" }): Promise<EventView[]> => {
  const events: EventView[] = [];
  for await (const { items } of eventPages(manager, filters)) events.push(...items);
  return events;
};

/** Whatever the objects answer passes here on its way. */
export type Watch = (object: string, command: { readonly type: string }, answer: unknown) => void;

const watched = (watch: Watch): KeyManagerObjects => ({
  getByName: (name) => ({
    execute: async (command, caller) => {
      const answer = await bindings.KEY_MANAGER.getByName(name).execute(command, caller);
      watch(name, command, answer);
      return answer;
    },
  }),
});

/** The stream as it comes over the wire, from an isolate of its own. */
export const openStream = async (manager: Manager, filters: Filters = {}, watch?: Watch): Promise<Response> => {
  const request = new Request(`http://latchkey.test/v1/events?${new URLSearchParams(filters)}`, {
    headers: { Authorization: `Bearer ${manager.adminKey}`, Accept: "application/x-ndjson" },
  });
  const settings = { ...bindings, ...testWorld.settings, ...(watch ? { KEY_MANAGER: watched(watch) } : {}) };
  return worker.fetch(request as Request<unknown, IncomingRequestCfProperties>, settings);
};

/** The events of a stream, one by one as they arrive. */
export async function* eventsIn(stream: Response): AsyncGenerator<EventView, void> {
  if (!stream.body) throw new Error("there is no stream");
  let rest = "";
  for await (const text of stream.body.pipeThrough(new TextDecoderStream())) {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as EventView;
  }
  if (rest !== "") throw new Error(`the stream ends within a line: ${rest}`);
}

export const collect = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
};

const placeOf = ({ at, chain, sequence }: EventView): string => `${at} ${chain} ${String(sequence).padStart(9, "0")}`;

/** By time, then by object, then by sequence, the last first. */
export const inOrder = (events: readonly EventView[]): EventView[] =>
  events.toSorted((one, other) => (placeOf(one) < placeOf(other) ? 1 : -1));

export const idsIn = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id);

/** The sequences of each chain, oldest first. */
export const sequencesIn = (events: readonly EventView[]): Map<string, number[]> => {
  const chains = Map.groupBy(events, ({ chain }) => chain);
  return new Map([...chains].map(([chain, own]) => [chain, own.map(({ sequence }) => sequence).toReversed()]));
};

export const oneTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

export const callerWith = (grants: readonly Grant[], actor: Caller["actor"] = { kind: "system" }): Caller => ({
  actor,
  grants,
  requestId: "tests-request",
  ip: null,
  idempotencyKey: null,
});

export const everyRight: readonly Grant[] = [{ role: "all", permissions, constraint: null }];

/** The list as a caller meets it whose right to read events is narrowed, once or in several roles. */
export const eventsWithin = async (
  constraints: readonly (Constraint | null)[],
  filters: Filters = {},
): Promise<{ readonly code?: string; readonly page: EventPage }> => {
  const ready = await new Deployment({ ...bindings, ...testWorld.settings }).ready();
  if (!ready.ok) throw new Error(`the deployment answered ${ready.failure.code}`);
  const { keyring, manager, frontDoor } = ready.value;
  const url = new URL(`http://latchkey.test/v1/events?${new URLSearchParams(filters)}`);
  const answer = await listEvents.answer({
    parameters: {},
    search: url.searchParams,
    json: {},
    caller: callerWith(
      constraints.map((constraint) => ({ role: "narrowed", permissions: ["events:read"], constraint })),
    ),
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
      encodeCursor: (scope, position) => encodeCursor(keyring.hmac, scope, position),
      decodeCursor: (scope, cursor) => decodeCursor(keyring.hmac, scope, cursor),
    },
  });
  if (!(answer instanceof Response)) return { code: answer.code, page: { items: [], nextCursor: null } };
  return { page: await answer.json<EventPage>() };
};

export interface Verification {
  readonly intact: boolean;
  readonly chains: readonly VerifiedChain[];
  readonly nextCursor: string | null;
}

/** Page after page; of a chain that several tell of, what the last says. */
export const verification = async (manager: Manager): Promise<Verification & { readonly pages: number }> => {
  const chains = new Map<string, VerifiedChain>();
  let cursor: string | null = null;
  for (let pages = 1; ; pages += 1) {
    const query: string = cursor === null ? "" : `?cursor=${cursor}`;
    const { status, text, body }: Answer<Verification> = await manager.request<Verification>(
      `/v1/events/verify${query}`,
    );
    if (status !== 200) throw new Error(`the verification answered ${text}`);
    for (const chain of body.chains) chains.set(chain.object, chain);
    cursor = body.nextCursor;
    if (cursor === null) return { ...body, chains: [...chains.values()], pages };
  }
};

const atOnce = 20_000;

/** Appends events about a key that never was, as the object itself would, without the keys. */
export const appendEvents = async (object: string, count: number, firstAt: number, stepMs = 1): Promise<void> => {
  const secrets = keyringOfTexts({ ...bindings, ...testWorld.settings } as SecretTexts);
  if (!secrets.ok) throw new Error("the secrets of the tests are not in order");
  const { keyring } = secrets;
  for (let done = 0; done < count; done += atOnce) {
    await evict(object).catch(() => undefined);
    await inObject(object, (sql, storage) => {
      const adopted = new AdoptedSecrets(sql, object, keyring);
      if (adopted.standing() === "unrecorded") adopted.recordPrimaries(Date.now());
      const hasWrittenUnder = (...secret: Parameters<typeof adopted.has>) => adopted.has(...secret);
      let at = firstAt + done * stepMs;
      const state = new ObjectState({ sql, object, ring: keyring.hmac, hasWrittenUnder }, keyring, () => at);
      const events = new SqliteEvents(sql, object, state);
      const id = "key_0000000000000000000A";
      const subject = { kind: "key", id, lineage: id, owner: "acct_1", prefix: "lk_live" } as const;
      storage.transactionSync(() => {
        for (let index = done; index < Math.min(count, done + atOnce); index += 1) {
          at = firstAt + index * stepMs;
          events.append({ type: "key.updated", subject }, callerWith(everyRight));
        }
        state.write();
      });
    });
  }
  await evict(object);
};
