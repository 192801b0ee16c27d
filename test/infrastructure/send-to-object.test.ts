import { describe, expect, it } from "vitest";
import { succeed } from "../../src/core/result.ts";
import type { KeyManagerObjects } from "../../src/infrastructure/bindings.ts";
import { systemCaller } from "../../src/infrastructure/object-names.ts";
import { sendToObject } from "../../src/infrastructure/send-to-object.ts";

/** Objects that fail so many times with this, and then answer; every stub is counted. */
const failing = (times: number, fault: object) => {
  const taken = { stubs: 0 };
  const objects = {
    getByName: () => {
      taken.stubs += 1;
      const fails = taken.stubs <= times;
      return {
        execute: async () =>
          fails ? Promise.reject(Object.assign(new Error("fault"), fault)) : succeed({ done: true }),
      };
    },
  } as unknown as KeyManagerObjects;
  return { objects, taken };
};

const ask = (objects: KeyManagerObjects) => sendToObject(objects, "admin", { type: "get-set-up" }, systemCaller);
const setUp = (objects: KeyManagerObjects) =>
  sendToObject(objects, "admin", { type: "set-up", name: "Me" }, systemCaller);

describe("a command on its way to an object", () => {
  it("is sent again through a new stub after a passing fault of the platform", async () => {
    const { objects, taken } = failing(2, { retryable: true });
    expect(await ask(objects)).toEqual({ ok: true, value: { done: true } });
    expect(taken.stubs).toBe(3);
  });

  it("is refused as unavailable when the fault stays", async () => {
    const { objects, taken } = failing(9, { retryable: true });
    expect(await ask(objects)).toEqual({ ok: false, failure: { code: "storage_unavailable" } });
    expect(taken.stubs).toBe(3);
  });

  it("is not sent again when doing it twice would do more than once", async () => {
    const { objects, taken } = failing(9, { retryable: true });
    expect(await setUp(objects)).toEqual({ ok: false, failure: { code: "storage_unavailable" } });
    expect(taken.stubs).toBe(1);
  });

  it("is sent again when it can be told from its Idempotency-Key that it was carried out", async () => {
    const { objects, taken } = failing(1, { retryable: true });
    const command = { type: "delete-key", id: "key_00000000000000000000", ifVersions: [1] } as const;
    const caller = { ...systemCaller, idempotencyKey: "once", requestDigest: new Uint8Array(32) };
    expect((await sendToObject(objects, "shard-00", command, caller)).ok).toBe(true);
    expect(taken.stubs).toBe(2);
    const again = failing(1, { retryable: true });
    expect((await sendToObject(again.objects, "shard-00", command, systemCaller)).ok).toBe(false);
    expect(again.taken.stubs).toBe(1);
  });

  it("never adds to an overload", async () => {
    const { objects, taken } = failing(9, { retryable: true, overloaded: true });
    expect(await ask(objects)).toEqual({ ok: false, failure: { code: "overloaded" } });
    expect(taken.stubs).toBe(1);
  });

  it("lets a fault of ours through as what it is", async () => {
    const { objects } = failing(9, {});
    await expect(ask(objects)).rejects.toThrow("fault");
  });
});
