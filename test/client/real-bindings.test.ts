import { exports } from "cloudflare:workers";
import type { KeyIssuerBinding } from "latchkey/client";
import type { IssuerProps, TestValidator, ValidatorProps } from "latchkey/testing";
import { afterEach, describe } from "vitest";
import { type BoundManager, bindingsContract } from "../support/bindings.contract.ts";
import { forgetEverything, inObject, type Manager, objectOf, startManager } from "../support/manager.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

/** The entrypoints as a service binding with these props reaches them. */
const entrypoints = exports as unknown as {
  KeyValidator(options: { props: ValidatorProps }): TestValidator;
  KeyIssuer(options: { props: IssuerProps }): KeyIssuerBinding;
};

/** The entrypoints outlive the store of a test, and have recorded the number of shards in the first: this is for the others. */
const recordShards = async (manager: Manager): Promise<void> => {
  const { id } = await manager.createKey();
  await manager.revoke(id);
  await manager.delete(id);
};

const startReal = async (): Promise<BoundManager> => {
  const manager = await startManager();
  await recordShards(manager);
  return {
    validator: (props = {}) => entrypoints.KeyValidator({ props }),
    issuer: (props = {}) => entrypoints.KeyIssuer({ props }),
    disable: async (id) => void (await manager.patch(id, { enabled: false })),
    tamper: (id) =>
      inObject(objectOf(id), (sql) => void sql.exec("UPDATE api_keys SET name = 'Another' WHERE id = ?", id)),
    advance: (seconds) => {
      testWorld.clockOffsetMs += seconds * 1000;
    },
  };
};

describe("the bindings of a manager", () => bindingsContract(startReal));
