import worker from "../../src/index.ts";
import type { Bindings } from "../../src/infrastructure/bindings.ts";
import { KeyManagerObject as ProductionObject } from "../../src/infrastructure/key-manager-object.ts";
import { testWorld } from "./test-world.ts";

/** The production object, in a world whose clock and settings the tests can turn. */
export class KeyManagerObject extends ProductionObject {
  constructor(ctx: DurableObjectState, env: Bindings) {
    super(
      ctx,
      { ...env, ...testWorld.settings },
      {
        machineTime: () => testWorld.fixedTime ?? Date.now() + testWorld.clockOffsetMs,
        limits: { examinedRowsMax: testWorld.examinedRowsMax },
      },
    );
  }
}

/** As sibling Workers are bound to them. */
export { KeyIssuer, KeyValidator } from "../../src/index.ts";

export default worker;
