import { Hono } from "hono";
import { AutoRouter, type IRequest } from "itty-router";
import { type GuardVariables, guard, honoGuard, ittyGuard, type KeyValidatorBinding } from "latchkey/client";
import { describe, expect, it } from "vitest";
import { accepted, key, refused, rotating, saying } from "../support/guarded.ts";

interface Env {
  readonly KEYS: KeyValidatorBinding;
}

const bad = { KEYS: saying(refused("revoked", 401)) };
const asking = (path: string, headers: Record<string, string> = { "X-API-Key": key }) =>
  new Request(`https://orders.example${path}`, { headers });

describe("Hono", () => {
  const app = new Hono<{ Bindings: Env; Variables: GuardVariables }>();
  app.use("/orders/*", honoGuard<Env>({ keys: ({ KEYS }) => KEYS, scopes: ["orders:read"], stripCredential: true }));
  app.get("/orders/:id", (context) =>
    context.json({
      id: context.req.param("id"),
      owner: context.get("verdict").owner,
      key: context.req.header("X-API-Key") ?? null,
    }),
  );
  app.get("/health", (context) => context.text("up"));

  it("lets a good key in, and its handlers find the verdict and not the key", async () => {
    const response = await app.fetch(asking("/orders/7"), { KEYS: saying(accepted) });

    expect(await response.json()).toEqual({ id: "7", owner: "acct_42", key: null });
    expect(response.headers.has("X-Key-Warning")).toBe(false);
  });

  it("tells a client in grace", async () => {
    const response = await app.fetch(asking("/orders/7"), { KEYS: saying(rotating) });

    expect(response.status).toBe(200);
    expect(response.headers.get("X-Key-Warning")).toBe("rotating");
  });

  it("refuses with a problem, and only where the guard stands", async () => {
    const response = await app.fetch(asking("/orders/7"), bad);

    expect(response.status).toBe(401);
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    expect((await app.fetch(asking("/orders/7", {}), bad)).status).toBe(401);
    expect((await app.fetch(asking("/health", {}), bad)).status).toBe(200);
  });
});

describe("itty-router", () => {
  const orders = ittyGuard<Env>({ keys: ({ KEYS }) => KEYS, sunset: true });
  const router = AutoRouter<IRequest, [Env]>({ before: [orders.before], finally: [orders.finally] });
  router.get("/orders/:id", ({ params, verdict }) => ({ id: params.id, owner: verdict.owner }));

  it("lets a good key in, and its handlers find the verdict", async () => {
    const response = await router.fetch(asking("/orders/7"), { KEYS: saying(accepted) });

    expect(await response.json()).toEqual({ id: "7", owner: "acct_42" });
  });

  it("tells a client in grace", async () => {
    const response = await router.fetch(asking("/orders/7"), { KEYS: saying(rotating) });

    expect(response.headers.get("X-Key-Warning")).toBe("rotating");
    expect(response.headers.get("Sunset")).toBe("Sun, 31 Jan 2027 23:59:59 GMT");
  });

  it("refuses with a problem", async () => {
    const response = await router.fetch(asking("/orders/7"), bad);

    expect(response.status).toBe(401);
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  });

  it("also takes a guarded handler for one route, which keeps its parameters when the key is taken out", async () => {
    const keys = { keys: ({ KEYS }: Env) => KEYS, stripCredential: true };
    const oneRoute = AutoRouter<IRequest, [Env]>();
    oneRoute.get(
      "/orders/:id",
      guard(keys, ({ params, headers }: IRequest, _env, _context, { owner }) =>
        Response.json([params.id, owner, headers.has("X-API-Key")]),
      ),
    );
    oneRoute.get("/health", () => "up");

    expect(await (await oneRoute.fetch(asking("/orders/7"), { KEYS: saying(accepted) })).json()).toEqual([
      "7",
      "acct_42",
      false,
    ]);
    expect((await oneRoute.fetch(asking("/orders/7"), bad)).status).toBe(401);
    expect((await oneRoute.fetch(asking("/health", {}), bad)).status).toBe(200);
  });
});
