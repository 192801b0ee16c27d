import { createLatchkey, type LatchkeyProblem } from "latchkey/client";
import { afterEach, describe, expect, it } from "vitest";
import { forgetEverything } from "../support/manager.ts";
import { type Fetch, startClient } from "../support/rest-client.ts";

afterEach(forgetEverything);

type Fault = (send: () => Promise<Response>, request: Request) => Promise<Response>;

const noAnswer: Fault = () => Promise.reject(new TypeError("Network connection lost."));
const answerLost: Fault = async (send) => {
  await send();
  throw new TypeError("Network connection lost.");
};
const halfAnAnswer: Fault = async (send) => {
  const { status, headers } = await send();
  const body = new ReadableStream({
    start: (controller) => controller.error(new TypeError("Network connection lost.")),
  });
  return new Response(body, { status, headers });
};
const answering =
  (status: number, headers: Record<string, string> = {}): Fault =>
  async () =>
    Response.json({ code: "overloaded", detail: "Later." }, { status, headers });

/** A network on which these go wrong, one after the other; then it works. */
const faulty =
  (...faults: Fault[]) =>
  (send: Fetch): Fetch =>
  (request) => {
    const fault = faults.shift();
    return fault ? fault(() => send(request), request) : send(request);
  };

describe("a create", () => {
  it.each([
    ["the request is lost", noAnswer],
    ["the answer is lost", answerLost],
    ["the answer breaks off", halfAnAnswer],
  ])("is sent again when %s, and makes one key", async (_what, fault) => {
    const { latchkey, requests, sent } = await startClient(faulty(fault, fault));
    const { id, key } = await latchkey.keys.create({ name: "A", owner: "o" });
    const { items } = await latchkey.keys.list().page();

    expect(sent.filter((line) => line.startsWith("POST"))).toHaveLength(3);
    expect(new Set(requests.slice(0, 3).map(({ headers }) => headers.get("Idempotency-Key"))).size).toBe(1);
    expect(items.map((item) => item.id)).toEqual([id]);
    expect(await latchkey.validate({ key })).toMatchObject({ valid: true, id });
  });

  it("is another one each time it is called, unless the caller says it is the same", async () => {
    const { latchkey } = await startClient();
    const ids = [];
    for (const idempotencyKey of [undefined, undefined, "order-7", "order-7"]) {
      ids.push((await latchkey.keys.create({ name: "A", owner: "o" }, { idempotencyKey })).id);
    }
    expect(new Set(ids).size).toBe(3);
    expect(ids[2]).toBe(ids[3]);
  });
});

describe("a call of a route by its path", () => {
  it("carries the Idempotency-Key it is given", async () => {
    const { latchkey } = await startClient();
    const call = { method: "POST", path: "/v1/keys", body: { name: "A", owner: "o" }, idempotencyKey: "mine" } as const;
    const [one, other] = [await latchkey.send<{ id: string }>(call), await latchkey.send<{ id: string }>(call)];
    expect(one.id).toBe(other.id);
  });
});

describe("trying again", () => {
  it.each([429, 502, 503, 504])("follows a %i", async (status) => {
    const { latchkey, sent } = await startClient(faulty(answering(status)));
    await latchkey.me.get();

    expect(sent).toEqual(["GET /v1/me", "GET /v1/me"]);
  });

  it.each([400, 401, 403, 404, 409, 412, 422, 500, 501])("does not follow a %i", async (status) => {
    const { latchkey, sent } = await startClient(faulty(answering(status)));
    await expect(latchkey.me.get()).rejects.toMatchObject({ status });

    expect(sent).toHaveLength(1);
  });

  it("waits at least as long as Retry-After asks", async () => {
    const { latchkey } = await startClient(faulty(answering(503, { "Retry-After": "1" })));
    const began = Date.now();
    await latchkey.me.get();

    expect(Date.now() - began).toBeGreaterThanOrEqual(1000);
  });

  it("is given up at once when Retry-After asks for more than half a minute", async () => {
    const { latchkey, sent } = await startClient(faulty(answering(503, { "Retry-After": "31" })));
    await expect(latchkey.me.get()).rejects.toMatchObject({ code: "overloaded", status: 503 });

    expect(sent).toHaveLength(1);
  });

  it("ends after attemptsMax, with the last reason", async () => {
    const { latchkey, sent } = await startClient(faulty(noAnswer, noAnswer, answering(503), noAnswer), {
      attemptsMax: 3,
    });
    await expect(latchkey.me.get()).rejects.toMatchObject({ code: "overloaded" });
    expect(sent).toHaveLength(3);
    await expect(latchkey.me.get()).resolves.toMatchObject({ roles: ["owner"] });
  });

  it("does not happen to a call that could do something twice", async () => {
    const { latchkey, sent } = await startClient(faulty(noAnswer));
    const call = latchkey.send({ method: "POST", path: "/v1/session", body: {} });
    await expect(call).rejects.toMatchObject({ code: "unreachable" });

    expect(sent).toHaveLength(1);
  });

  it("ends when the caller says so, while it waits and before it is sent", async () => {
    const { latchkey, sent } = await startClient(faulty(answering(503, { "Retry-After": "20" })));
    const reason = new Error("the user left");
    const leaving = new AbortController();
    setTimeout(() => leaving.abort(reason), 50);
    await expect(latchkey.me.get({ signal: leaving.signal })).rejects.toBe(reason);
    await expect(latchkey.me.get({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

    expect(sent).toHaveLength(1);
  });

  it("follows an attempt that takes too long", async () => {
    const never: Fault = (_send, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const { latchkey, sent } = await startClient(faulty(never), { timeoutSeconds: 1.5 });
    await latchkey.me.get();

    expect(sent).toHaveLength(2);
  });
});

describe("an answer that is none of a manager", () => {
  const asking = (answer: () => Response, adminKey = "lk_admin_x") => {
    const requests: Request[] = [];
    const fetch: Fetch = async (request) => {
      requests.push(request);
      return answer();
    };
    return { me: createLatchkey({ url: "https://keys.example/base/", adminKey, fetch }).me.get(), requests };
  };
  const problem = (call: Promise<unknown>) => call.catch((error: LatchkeyProblem) => error);

  it.each([
    ["a page of a proxy", () => new Response("<h1>Bad gateway</h1>", { status: 404 })],
    ["a page instead of JSON", () => new Response("<h1>Welcome</h1>")],
    [
      "a redirect, which would take the admin key along",
      () => new Response(null, { status: 302, headers: { Location: "https://evil.example" } }),
    ],
  ])("is a problem: %s", async (_what, answer) => {
    const { me, requests } = asking(answer);
    expect(await problem(me)).toMatchObject({ name: "LatchkeyProblem", code: "unexpected_answer" });
    expect(requests.map(({ url, redirect }) => [url, redirect])).toEqual([
      ["https://keys.example/base/v1/me", "manual"],
    ]);
  });

  it.each(["ftp://keys.example", "https://user:pw@keys.example", "https://keys.example/?a=b", "keys.example"])(
    "is not waited for at %s",
    (url) => {
      expect(() => createLatchkey({ url, adminKey: "lk_admin_x" })).toThrow(TypeError);
    },
  );

  it.each(["", "lk_admin\r\nX-Evil: 1", undefined as unknown as string])(
    "does not come to the admin key %j, which is none",
    (adminKey) => {
      expect(() => createLatchkey({ url: "https://keys.example", adminKey })).toThrow(
        new TypeError("adminKey must be an admin key"),
      );
    },
  );
});
