import { guard } from "latchkey/client";
import { inMemoryKeys } from "latchkey/testing";
import { describe, expect, it } from "vitest";
import { bindingsContract } from "../support/bindings.contract.ts";

describe("the double", () => bindingsContract(async () => inMemoryKeys()));

describe("a Worker tested with the double", () => {
  const answerTo = async (keys: ReturnType<typeof inMemoryKeys>, key: string) => {
    const fetch = guard({ keys: keys.validator(), scopes: ["orders:read"] }, () => new Response("in"));
    return (await fetch(new Request("https://orders.example/", { headers: { "X-API-Key": key } }), {}, {})).status;
  };

  it("lets a key in, until it is disabled, revoked, or its grace is over", async () => {
    const keys = inMemoryKeys();
    const { id, key } = keys.create({ scopes: ["orders:*"] });
    const { key: other } = keys.create();
    expect(await answerTo(keys, key)).toBe(200);
    expect(await answerTo(keys, other)).toBe(403);

    keys.disable(id);
    expect(await answerTo(keys, key)).toBe(401);
    keys.enable(id);
    expect(await answerTo(keys, key)).toBe(200);
    await keys.issuer({ roles: ["issuer"] }).rotate({ id, graceSeconds: 3600 });
    keys.advance(3540);
    expect(await answerTo(keys, key)).toBe(200);
    keys.advance(61);
    expect(await answerTo(keys, key)).toBe(401);
  });

  it("answers 503 while the manager is down, and lets keys in when it is back", async () => {
    const keys = inMemoryKeys();
    const { key } = keys.create({ scopes: ["orders:*"] });
    keys.setDown(true);
    expect(await answerTo(keys, key)).toBe(503);
    keys.setDown(false);
    expect(await answerTo(keys, key)).toBe(200);
  });

  it("has no part in another double", async () => {
    const { key } = inMemoryKeys().create();
    expect((await inMemoryKeys().validator().validate({ key })).code).toBe("unknown");
  });

  it("hands out copies: nobody changes a key by changing an answer", async () => {
    const keys = inMemoryKeys();
    const { key } = keys.create({ metadata: { team: "a" } });
    const first = await keys.validator().validate({ key });
    if (first.valid) (first.metadata as Record<string, unknown>).team = "b";

    expect(await keys.validator().validate({ key })).toMatchObject({ metadata: { team: "a" } });
  });
});
