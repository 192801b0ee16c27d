import { beforeAll, describe, expect, it } from "vitest";
import { type Manager, type RequestOptions, startManager } from "../support/manager.ts";
import { expectProblem } from "../support/problems.ts";
import { openSession, ownPage } from "../support/session.ts";

let manager: Manager;

beforeAll(async () => {
  manager = await startManager();
});

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A body of which the last part comes only when `held` has happened and some time has passed. */
const slowly = (text: string, held: Promise<unknown>): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(encoder.encode(text.slice(0, 10)));
      await held;
      await pause(1100);
      controller.enqueue(encoder.encode(text.slice(10)));
      controller.close();
    },
  });
};

const revokedMeanwhile = async (id: string): Promise<void> => {
  await pause(50);
  await manager.request(`/v1/admins/${id}/revoke`, { json: {} });
};

describe("a request held open while its sender loses the right", () => {
  const body = { name: "A back door", roles: ["owner"] };

  const ask = async (id: string, options: RequestOptions) => {
    const headers = { "Content-Type": "application/json", ...options.headers };
    const stream = slowly(JSON.stringify(body), revokedMeanwhile(id));
    return manager.request("/v1/admins", { ...options, method: "POST", body: stream, headers });
  };

  const namesOfAdmins = async (): Promise<string[]> =>
    (await manager.request("/v1/admins?limit=200")).body.items.map(({ name }: { name: string }) => name);

  it("is refused when its body has come, with a key", async () => {
    const other = await manager.createAdmin({ roles: ["owner"] });
    expectProblem(await ask(other.id, { key: other.key }), 401, "invalid_credential");
    expect(await namesOfAdmins()).not.toContain(body.name);
  });

  it("is refused when its body has come, through a session", async () => {
    const other = await manager.createAdmin({ roles: ["owner"] });
    const { cookie } = await openSession(manager.as(other.key));
    const headers = { Cookie: cookie, ...ownPage };
    expectProblem(await ask(other.id, { key: null, headers }), 401, "invalid_credential");
    expect(await namesOfAdmins()).not.toContain(body.name);
  });

  it("is refused with the rights that are left", async () => {
    const other = await manager.createAdmin({ roles: ["owner"] });
    const demoted = (async () => {
      await pause(50);
      await manager.request(`/v1/admins/${other.id}`, { method: "PATCH", json: { roles: ["auditor"] } });
    })();
    const headers = { "Content-Type": "application/json" };
    const stream = slowly(JSON.stringify(body), demoted);
    const answer = await manager.request("/v1/admins", { key: other.key, method: "POST", body: stream, headers });
    expectProblem(answer, 403, "forbidden");
    expect(await namesOfAdmins()).not.toContain(body.name);
  });
});
