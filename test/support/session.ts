import { inObject, type Manager, type RequestOptions } from "./manager.ts";
import { type AnyAnswer, expectProblem } from "./problems.ts";
import { testWorld } from "./test-world.ts";

/** What a browser says by itself of a request from a page of the manager's own origin. */
export const ownPage = { Origin: "http://latchkey.test", "Sec-Fetch-Site": "same-origin" } as const;

export const cookieName = "__Host-latchkey";

export interface Visit {
  readonly id: string;
  readonly token: string;
  readonly cookie: string;
  /** A request from our own page, with the cookie and without a key. */
  request(path: string, options?: RequestOptions): Promise<AnyAnswer>;
}

export const tokenIn = (answer: AnyAnswer): string =>
  /=([^;]*)/.exec(answer.headers.get("Set-Cookie") ?? "")?.[1] ?? "no token";

/** Whoever carries this token, as this isolate meets them. */
export const visitWith = (manager: Manager, token: string, id = ""): Visit => {
  const cookie = `${cookieName}=${token}`;
  const request: Visit["request"] = (path, { headers = {}, ...options } = {}) =>
    manager.request(path, { key: null, ...options, headers: { Cookie: cookie, ...ownPage, ...headers } });
  return { id, token, cookie, request };
};

/** A session opened with the manager's key. */
export const openSession = async (manager: Manager): Promise<Visit> => {
  const answer = await manager.request("/v1/session", { method: "POST" });
  if (answer.status !== 201) throw new Error(`session answered ${answer.text}`);
  return visitWith(manager, tokenIn(answer), answer.body.id);
};

export const isAlive = async (visit: Visit): Promise<boolean> => {
  const answer = await visit.request("/v1/me");
  if (answer.status !== 200) expectProblem(answer, 401, "invalid_credential");
  return answer.status === 200;
};

export const advance = (seconds: number): void => {
  if (testWorld.fixedTime === null) testWorld.clockOffsetMs += seconds * 1000;
  else testWorld.fixedTime += seconds * 1000;
};

type SessionRow = { readonly id: string; readonly seen_at: number; readonly created_at: number };

export const sessionRows = (): Promise<SessionRow[]> =>
  inObject("admin", (sql) => [...sql.exec<SessionRow>("SELECT id, created_at, seen_at FROM sessions ORDER BY id")]);

export const sessionIds = async (): Promise<string[]> => (await sessionRows()).map(({ id }) => id);
