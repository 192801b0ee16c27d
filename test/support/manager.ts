import {
  evictDurableObject,
  listDurableObjectIds,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import type { AdminView } from "../../src/core/access/admin.ts";
import type { KeyView } from "../../src/core/api-key/key-view.ts";
import type { Verdict } from "../../src/core/api-key/verdict.ts";
import type { Command } from "../../src/core/use-cases.ts";
import worker from "../../src/index.ts";
import type { Bindings, KeyManagerObjects } from "../../src/infrastructure/bindings.ts";
import { systemCaller } from "../../src/infrastructure/object-names.ts";
import { migrate } from "../../src/infrastructure/sqlite/migrations.ts";
import { expectDocumented } from "./documented.ts";
import { restoreWorld, type Settings, testWorld } from "./test-world.ts";
import type { KeyIssuer, KeyManagerObject, KeyValidator } from "./worker.ts";

type Namespace = DurableObjectNamespace<KeyManagerObject>;

const namespace = (env as unknown as { readonly KEY_MANAGER: Namespace }).KEY_MANAGER;
const bindings = env as unknown as Bindings;

export interface Call {
  readonly object: string;
  readonly type: string;
}

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  readonly text: string;
}

export interface RequestOptions {
  readonly method?: string;
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: BodyInit;
}

export type CreatedAdmin = AdminView & { readonly key: string };
export type CreatedKey = KeyView & { readonly key: string };

// biome-ignore lint/suspicious/noExplicitAny: a test says which body it expects, and fails where it is another.
type AnyBody = any;

// biome-ignore lint/suspicious/noExplicitAny: as the platform declares it.
type Entrypoint<Class extends new (...given: any[]) => Rpc.WorkerEntrypointBranded> = (given: {
  readonly props?: object;
}) => Service<Class>;

const entrypoints = exports as unknown as {
  readonly KeyValidator: Entrypoint<typeof KeyValidator>;
  readonly KeyIssuer: Entrypoint<typeof KeyIssuer>;
};

/** One isolate of a deployed manager as a client meets it, with the calls its objects got. */
export class Manager {
  readonly calls: Call[] = [];
  /** What the platform does to the next calls of objects, one each. */
  readonly faults: object[] = [];
  readonly #bindings: Bindings;
  readonly #settings: Settings;
  adminKey = "";

  constructor(settings: Settings = testWorld.settings) {
    this.#settings = settings;
    this.#bindings = { ...bindings, ...settings, KEY_MANAGER: this.#counted() };
  }

  async request<Body = AnyBody>(path: string, options: RequestOptions = {}): Promise<Answer<Body>> {
    const { key = this.adminKey, json, headers = {} } = options;
    const body = json === undefined ? (options.body ?? null) : JSON.stringify(json);
    const method = options.method ?? (body === null ? "GET" : "POST");
    const request = new Request(`http://latchkey.test${path}`, {
      method,
      body,
      headers: {
        ...(key ? { Authorization: `Bearer ${key}` } : {}),
        ...(json === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
    });
    const response = await worker.fetch(request as Request<unknown, IncomingRequestCfProperties>, this.#bindings);
    const text = await response.text();
    expectDocumented({ method, url: request.url, body }, response, text);
    const isJson = response.headers.get("Content-Type")?.includes("json") ?? false;
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson && text !== "" ? JSON.parse(text) : text,
    };
  }

  /** Makes the first owner and works with its key from then on. */
  async setUp(): Promise<void> {
    const answer = await this.request("/v1/setup", { key: this.#bindings.SETUP_TOKEN ?? "", json: {} });
    if (answer.status !== 201) throw new Error(`set-up answered ${answer.text}`);
    this.adminKey = answer.body.key;
  }

  async createKey(fields: Readonly<Record<string, unknown>> = {}): Promise<CreatedKey> {
    const answer = await this.request<CreatedKey>("/v1/keys", { json: { name: "A key", owner: "acct_1", ...fields } });
    if (answer.status !== 201) throw new Error(`create answered ${answer.text}`);
    return answer.body;
  }

  async createAdmin(fields: Readonly<Record<string, unknown>> = {}): Promise<CreatedAdmin> {
    const json = { name: "An admin", roles: ["auditor"], ...fields };
    const answer = await this.request<CreatedAdmin>("/v1/admins", { json });
    if (answer.status !== 201) throw new Error(`create answered ${answer.text}`);
    return answer.body;
  }

  async saveRole(name: string, json: Readonly<Record<string, unknown>>): Promise<void> {
    const answer = await this.request(`/v1/roles/${name}`, { method: "PUT", json });
    if (answer.status > 201) throw new Error(`save answered ${answer.text}`);
  }

  /** The same deployment, as somebody else meets it. */
  as(key: string): Manager {
    const other = new Manager(this.#settings);
    other.adminKey = key;
    return other;
  }

  async validate(key: string, needs: Readonly<Record<string, unknown>> = {}): Promise<Verdict> {
    const answer = await this.request<Verdict>("/v1/validate", { json: { key, ...needs } });
    if (answer.status !== 200) throw new Error(`validate answered ${answer.text}`);
    return answer.body;
  }

  revoke(
    id: string,
    json: Readonly<Record<string, unknown>> = {},
  ): Promise<Answer<KeyView & { alsoRevoked: string[] }>> {
    return this.request(`/v1/keys/${id}/revoke`, { json });
  }

  patch(id: string, json: Readonly<Record<string, unknown>>): Promise<Answer<KeyView>> {
    return this.request(`/v1/keys/${id}`, { method: "PATCH", json });
  }

  rotate(
    id: string,
    json: Readonly<Record<string, unknown>> = {},
  ): Promise<Answer<CreatedKey & { readonly replaced: KeyView }>> {
    return this.request(`/v1/keys/${id}/rotate`, { json });
  }

  finish(id: string): Promise<Answer<KeyView>> {
    return this.request(`/v1/keys/${id}/rotation/finish`, { json: {} });
  }

  cancel(id: string, json: Readonly<Record<string, unknown>> = {}): Promise<Answer<KeyView>> {
    return this.request(`/v1/keys/${id}/rotation/cancel`, { json });
  }

  delete(id: string): Promise<Answer<unknown>> {
    return this.request(`/v1/keys/${id}`, { method: "DELETE" });
  }

  reveal(id: string, reason = "the customer lost it"): Promise<Answer<{ readonly key: string }>> {
    return this.request(`/v1/keys/${id}/reveal`, { json: { reason } });
  }

  /** Over true RPC, as a sibling Worker whose binding has these props; this isolate answers from now on. */
  validator(props?: object): Service<typeof KeyValidator> {
    testWorld.bindings = this.#bindings;
    return entrypoints.KeyValidator(props === undefined ? {} : { props });
  }

  issuer(props?: object): Service<typeof KeyIssuer> {
    testWorld.bindings = this.#bindings;
    return entrypoints.KeyIssuer(props === undefined ? {} : { props });
  }

  #counted(): KeyManagerObjects {
    return {
      getByName: (name) => ({
        execute: (command, caller) => {
          this.calls.push({ object: name, type: command.type });
          const fault = this.faults.shift();
          if (fault) return Promise.reject(Object.assign(new Error("a fault of the platform"), fault));
          const send = () => {
            const stub = namespace.getByName(name) as unknown as ReturnType<KeyManagerObjects["getByName"]>;
            return stub.execute(command, caller);
          };
          return restarts.get(name)?.then(send) ?? send();
        },
      }),
    };
  }
}

export const startManager = async (): Promise<Manager> => {
  const manager = new Manager();
  await manager.setUp();
  return manager;
};

/** Another isolate of the same deployment: nothing in memory, the same admin key. */
export const anotherIsolate = (manager: Manager, settings: Settings = testWorld.settings): Manager => {
  const other = new Manager(settings);
  other.adminKey = manager.adminKey;
  return other;
};

const shardOf = (id: string): string => {
  const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const shard = digits.indexOf(id[12] ?? "") * 62 + digits.indexOf(id[13] ?? "");
  return `shard-${String(shard).padStart(2, "0")}`;
};

/** The name of the object that keeps this key or admin. */
export const objectOf = (id: string): string => (id.slice(12, 14) === "zz" ? "admin" : shardOf(id));

/** An object that nobody has sent a command yet has no tables, so they are made first. */
export const inObject = <Result>(
  name: string,
  run: (sql: SqlStorage, storage: DurableObjectStorage) => Result,
): Promise<Result> =>
  runInDurableObject(namespace.getByName(name), (_instance, { storage }) => {
    migrate(storage);
    return run(storage.sql, storage);
  });

/** The tables that an object has, without making any. */
export const tablesOf = (name: string): Promise<string[]> =>
  runInDurableObject(namespace.getByName(name), (_instance, { storage }) =>
    [...storage.sql.exec<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'")]
      .map((table) => table.name)
      .filter((table) => !/^(_cf_|__miniflare|sqlite_)/.test(table)),
  );

const bytesAsNumbers = (_name: string, value: unknown): unknown =>
  value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value;

/** Everything that is stored of a key, to see whether a byte of it changed. */
export const rowOf = (id: string): Promise<string> =>
  inObject(objectOf(id), (sql) =>
    JSON.stringify([...sql.exec("SELECT * FROM api_keys WHERE id = ?", id)], bytesAsNumbers),
  );

type StoredEvent = Readonly<Record<"type" | "actor_kind" | "reason" | "note" | "changes", string | null>>;

/** The events of a key, oldest first. */
export const eventsAbout = (id: string): Promise<StoredEvent[]> =>
  inObject(objectOf(id), (sql) => [
    ...sql.exec<StoredEvent>(
      "SELECT type, actor_kind, reason, note, changes FROM events WHERE subject_id = ? ORDER BY sequence",
      id,
    ),
  ]);

export const eventTypesOf = async (id: string): Promise<(string | null)[]> =>
  (await eventsAbout(id)).map(({ type }) => type);

/** A command that the manager gives itself, straight to one of its objects. */
export const tell = async (object: string, command: Command): Promise<unknown> => {
  const stub = namespace.getByName(object) as unknown as ReturnType<KeyManagerObjects["getByName"]>;
  const answer = await stub.execute(command, systemCaller);
  return answer.ok ? answer.value : answer.failure;
};

/** Objects that end what they are at. As the platform does, whoever calls one meanwhile is let in when it is back. */
const restarts = new Map<string, Promise<void>>();

export const evict = async (name: string): Promise<void> => {
  const restart = evictDurableObject(namespace.getByName(name)).finally(() => restarts.delete(name));
  restarts.set(
    name,
    restart.catch(() => undefined),
  );
  await restart;
};

export const objectIds = () => listDurableObjectIds(namespace);

const everyName = ["admin", ...Array.from({ length: 20 }, (_, shard) => `shard-${String(shard).padStart(2, "0")}`)];

const existingNames = async (): Promise<string[]> => {
  const existing = (await objectIds()).map(String);
  return everyName.filter((name) => existing.includes(namespace.idFromName(name).toString()));
};

/** Every object loses its memory and keeps its storage; those that are not in memory have nothing to lose. */
export const evictAll = async (): Promise<void> => {
  for (const name of await existingNames()) await evictIfRunning(name);
};

const evictIfRunning = (name: string): Promise<void> =>
  evict(name).catch((error: Error) => {
    if (!error.message.includes("not currently running")) throw error;
  });

/** Every object whose alarm is set meets it now. */
export const runAlarms = async (): Promise<void> => {
  for (const name of await existingNames()) await runDurableObjectAlarm(namespace.getByName(name));
};

/** Every object deployed anew with these settings. */
export const redeploy = async (settings: Settings): Promise<void> => {
  testWorld.settings = settings;
  testWorld.settingsOf = {};
  await evictAll();
};

/** This object alone is of another deployment, until all are deployed anew. */
export const redeployOne = async (name: string, settings: Settings): Promise<void> => {
  testWorld.settingsOf = { ...testWorld.settingsOf, [name]: settings };
  await evictIfRunning(name);
};

/** Only the storage of objects in memory is emptied, so all of them are brought there first. */
export const forgetEverything = async (): Promise<void> => {
  restoreWorld();
  for (const name of await existingNames()) await runInDurableObject(namespace.getByName(name), () => undefined);
  await reset();
};
