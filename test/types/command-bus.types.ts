/**
 * What must not compile, compiled: every `@ts-expect-error` below is an error of the type check as soon as the line
 * under it starts to compile.
 */

import { meanings } from "../../src/api/failures.ts";
import type { Caller } from "../../src/core/access/caller.ts";
import type { Handlers } from "../../src/core/command-bus.ts";
import { CommandBus } from "../../src/core/command-bus.ts";
import type { Ports } from "../../src/core/ports.ts";
import { refuse, succeed } from "../../src/core/result.ts";
import type { Failure, KeyManager, UseCases } from "../../src/core/use-cases.ts";

declare const manager: KeyManager;
declare const caller: Caller;
declare const useCases: UseCases;
declare const ports: Ports;

const is = <Expected>(_value: Expected): void => {};

export const answersAreTypedByTheirCommand = async (): Promise<void> => {
  const answer = await manager.execute({ type: "get-key", id: "key_" }, caller);
  if (answer.ok) is<string>(answer.value.owner);
  else is<"key_not_found" | "not_configured" | "storage_unavailable" | "overloaded">(answer.failure.code);
};

export const commandsThatDoNotCompile = (): void => {
  // @ts-expect-error an unknown command
  void manager.execute({ type: "forget-key", id: "key_" }, caller);
  // @ts-expect-error a missing field
  void manager.execute({ type: "get-key" }, caller);
  // @ts-expect-error an extra field
  void manager.execute({ type: "get-key", id: "key_", reason: "curious" }, caller);
  // @ts-expect-error a field of the wrong type
  void manager.execute({ type: "get-key", id: 7 }, caller);
  // @ts-expect-error no caller
  void manager.execute({ type: "get-key", id: "key_" });
};

export const handlersThatDoNotCompile = (): void => {
  const { "get-key": getKey, ...withoutGetKey } = useCases;
  // @ts-expect-error a missing handler
  is<UseCases>(withoutGetKey);
  // @ts-expect-error a handler under another command's name
  is<UseCases>({ ...useCases, "revoke-key": getKey });
  // @ts-expect-error a handler that answers something else
  is<UseCases>({ ...useCases, "get-key": () => succeed(7) });

  const patient = async () => {
    await Promise.resolve();
    return succeed(1);
  };
  // @ts-expect-error a handler that awaits
  is<Handlers>({ "wait-for-it": patient });
  // @ts-expect-error a handler that awaits, in the catalogue
  is<UseCases>({ ...useCases, "get-set-up": async () => succeed({ done: true }) });
  // @ts-expect-error a handler that throws its answer away
  is<Handlers>({ "say-nothing": () => undefined });
};

export const refusalsNeedAStatus = (): void => {
  type Known = Readonly<Record<Failure["code"], unknown>>;
  is<Known>(meanings);
  const { key_not_found: _dropped, ...incomplete } = meanings;
  // @ts-expect-error a refusal without an HTTP status
  is<typeof meanings>(incomplete);
  // @ts-expect-error a refusal without a code
  refuse({ reason: "because" });
};

type Promising<Port> = {
  [Method in keyof Port]: Port[Method] extends (...given: never[]) => infer Answer
    ? Extract<Answer, PromiseLike<unknown>> extends never
      ? never
      : Method
    : never;
}[keyof Port];

type PromisingPorts = { [Name in keyof Ports]: Promising<Ports[Name]> }[keyof Ports];

/** No port answers with a promise: there is nothing a handler could await. */
export const noPortPromises: [PromisingPorts] extends [never] ? true : false = true;

interface SlowClock {
  now(): Promise<number>;
}

// @ts-expect-error the check above would notice a port that promises
export const theCheckNotices: [Promising<SlowClock>] extends [never] ? true : false = true;

export const portsRefusePromises = (): void => {
  // @ts-expect-error a clock that makes its caller wait
  is<Ports>({ ...ports, clock: { ...ports.clock, now: async () => 1 } });
};

export const theBusNeedsItsSeam = (): void => {
  // @ts-expect-error a bus without the seam around its commands
  new CommandBus(useCases);
};
