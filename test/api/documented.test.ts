import { beforeAll, describe, expect, it } from "vitest";
import { expectDocumented } from "../support/documented.ts";
import { type CreatedKey, type Manager, startManager } from "../support/manager.ts";

let manager: Manager;
let created: CreatedKey;

beforeAll(async () => {
  manager = await startManager();
  created = await manager.createKey();
});

const json = { "Content-Type": "application/json", "X-Request-Id": "abcd1234", ETag: '"1"' };
const problem = { "Content-Type": "application/problem+json", "X-Request-Id": "abcd1234" };

interface Answered {
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly sent?: string;
}

/** What the suite would say if the product had answered so. */
const judge = ({ method = "GET", path = "/v1/keys/key_x", status = 200, headers = json, body, sent }: Answered) => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const asked = { method, url: `http://latchkey.test${path}`, body: sent ?? null };
  return () => expectDocumented(asked, new Response(status === 204 ? null : text, { status, headers }), text);
};

const refusal = (status: number, code: string, facts: object = {}) => ({
  status,
  headers: problem,
  body: { type: "t", title: "t", status, detail: "d", code, requestId: "abcd1234", ...facts },
});

/** A key as it is shown, so that each case changes one thing. */
const shown = async () => (await manager.request(`/v1/keys/${created.id}`)).body;

describe("an answer as the document says", () => {
  it("passes", async () => {
    const key = await shown();
    expect(judge({ body: key })).not.toThrow();
    expect(judge({ body: { ...key, tampered: true } })).not.toThrow();
    expect(judge(refusal(404, "key_not_found", { id: "key_x" }))).not.toThrow();
    expect(judge({ path: "/nowhere", ...refusal(404, "not_found") })).not.toThrow();
  });
});

describe("an answer that the document does not know fails the test that saw it", () => {
  it.each([
    ["a status", { status: 418 }, "status that is not documented"],
    ["a type", { headers: { ...json, "Content-Type": "text/plain" } }, "is of type text/plain"],
    ["no ETag", { headers: { ...json, ETag: undefined } }, "has no ETag"],
    ["no X-Request-Id", { headers: { ...json, "X-Request-Id": undefined } }, "has no X-Request-Id"],
  ])("by %s", async (_what, change, expected) => {
    const given: Record<string, string | undefined> = { ...json, ...("headers" in change ? change.headers : {}) };
    const headers = Object.fromEntries(
      Object.entries(given).flatMap(([name, value]) => (value ? [[name, value]] : [])),
    );
    expect(judge({ body: await shown(), ...change, headers })).toThrow(expected);
  });

  it("by a member that is missing, at any depth", async () => {
    const { hint, ...body } = await shown();
    expect(hint).toMatch(/\S/);
    expect(judge({ body })).toThrow("hint");
    const { successor, ...rotation } = body.rotation;
    expect(successor).toBeNull();
    expect(judge({ body: { ...body, hint, rotation } })).toThrow("successor");
  });

  it("by a member that is not named, at any depth and in any part of a whole", async () => {
    const key = await shown();
    expect(judge({ body: { ...key, secret: "s" } })).toThrow("secret");
    expect(judge({ body: { ...key, rotation: { ...key.rotation, extra: 1 } } })).toThrow("extra");
    const list = { path: "/v1/keys", headers: json };
    expect(judge({ ...list, body: { items: [{ ...key, envelope: "e" }], nextCursor: null } })).toThrow("envelope");
    const rotated = { method: "POST", path: "/v1/keys/key_x/rotate", status: 201, headers: { ...json, Location: "/" } };
    expect(judge({ ...rotated, body: { ...key, key: "k", replaced: key } })).not.toThrow();
    expect(judge({ ...rotated, body: { ...key, key: "k", replaced: { ...key, key: "k" } } })).toThrow("key");
    const validated = { method: "POST", path: "/v1/validate" };
    const refused = { valid: false, code: "unknown", httpStatus: 401 };
    expect(judge({ ...validated, body: refused })).not.toThrow();
    expect(judge({ ...validated, body: { ...refused, owner: "acct_1" } })).toThrow("owner");
  });

  it("by a value of another kind", async () => {
    const key = await shown();
    expect(judge({ body: { ...key, status: "sleeping" } })).toThrow("status");
    expect(judge({ body: { ...key, createdAt: "yesterday" } })).toThrow("createdAt");
    expect(judge({ body: { ...key, version: "1" } })).toThrow("version");
  });

  it("by a code the route does not declare, or one with another status", () => {
    expect(judge(refusal(404, "not_found"))).toThrow("code");
    expect(judge({ path: "/nowhere", ...refusal(404, "key_not_found") })).toThrow("key_not_found");
    expect(judge(refusal(409, "key_revoked"))).toThrow("status that is not documented");
  });

  it("by a fact that the code does not tell", () => {
    expect(judge(refusal(404, "key_not_found", { version: 1 }))).toThrow("key_not_found tells version");
  });

  it("by a body where none is declared", () => {
    const gone = { method: "DELETE", status: 204, headers: { "X-Request-Id": "abcd1234" } };
    expect(judge({ ...gone, body: "" })).not.toThrow();
    expect(judge({ ...gone, headers: json, body: "" })).toThrow("has a body");
  });
});

describe("a request that was taken and that the document would refuse", () => {
  it("fails the test that sent it", async () => {
    const body = { ...(await shown()), key: "k" };
    const made = { method: "POST", path: "/v1/keys", status: 201, headers: { ...json, Location: "/" }, body };
    expect(judge({ ...made, sent: '{"name":"A","owner":"b"}' })).not.toThrow();
    expect(judge({ ...made, sent: '{"name":"A","owner":"b","colour":"red"}' })).toThrow("colour");
    expect(judge({ ...made, sent: '{"name":"A"}' })).toThrow("owner");
    const listed = { path: "/v1/keys?limit=900", body: { items: [], nextCursor: null } };
    expect(judge(listed)).toThrow("900");
  });
});
