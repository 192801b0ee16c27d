import worker, { KeyIssuer as ProductionIssuer, KeyValidator as ProductionValidator } from "../../src/index.ts";
import type { Bindings } from "../../src/infrastructure/bindings.ts";
import { KeyManagerObject as ProductionObject } from "../../src/infrastructure/key-manager-object.ts";
import { testWorld } from "./test-world.ts";

const putOffMs = 10_000;

/** The production object, in a world whose clock and settings the tests can turn. */
export class KeyManagerObject extends ProductionObject {
  constructor(ctx: DurableObjectState, env: Bindings) {
    super(
      ctx,
      { ...env, ...(testWorld.settingsOf[ctx.id.name ?? ""] ?? testWorld.settings) },
      {
        machineTime: () => testWorld.fixedTime ?? Date.now() + testWorld.clockOffsetMs,
        limits: { examinedRowsMax: testWorld.examinedRowsMax, renewedRowsMax: testWorld.renewedRowsMax },
      },
    );
  }

  override async alarm(): Promise<void> {
    if (testWorld.hasAlarms) await super.alarm();
    else await this.ctx.storage.setAlarm(Date.now() + putOffMs);
  }
}

/** The production entrypoints, in the isolate that a test has chosen. */
export class KeyValidator extends ProductionValidator {
  constructor(ctx: ExecutionContext, env: Bindings) {
    super(ctx, testWorld.bindings ?? env);
  }
}

export class KeyIssuer extends ProductionIssuer {
  constructor(ctx: ExecutionContext, env: Bindings) {
    super(ctx, testWorld.bindings ?? env);
  }
}

export default worker;
