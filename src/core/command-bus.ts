import type { Caller } from "./access/caller.ts";
import type { Refusal, Success } from "./result.ts";

/**
 * A handler answers with a value, never with a promise: it runs beside the records, in one turn, so that nothing can
 * come between what it read and what it writes.
 */
type Handler = (
  // biome-ignore lint/suspicious/noExplicitAny: each handler names its own command; the bus only forwards it.
  command: any,
  caller: Caller,
) => Success<unknown> | Refusal<{ readonly code: string }>;

export type Handlers = Readonly<Record<string, Handler>>;

export type CommandOf<H extends Handlers, Type extends keyof H> = Parameters<H[Type]>[0] & { readonly type: Type };
export type AnswerOf<H extends Handlers, Type extends keyof H> = ReturnType<H[Type]>;
export type AnyCommand<H extends Handlers> = { [Type in keyof H]: CommandOf<H, Type> }[keyof H];

/** Runs before and after every command; what it throws undoes the command. */
export type Around = <Answer>(command: { readonly type: string }, caller: Caller, run: () => Answer) => Answer;

export class CommandBus<H extends Handlers> {
  readonly #handlers: H;
  readonly #around: Around;

  constructor(handlers: H, around: Around) {
    this.#handlers = handlers;
    this.#around = around;
  }

  execute<Type extends keyof H & string>(command: CommandOf<H, Type>, caller: Caller): AnswerOf<H, Type> {
    const type: Type = command.type;
    if (!Object.hasOwn(this.#handlers, type)) throw new Error(`no handler for the command ${type}`);
    const handler = this.#handlers[type] as Handler;
    return this.#around(command, caller, () => handler(command, caller)) as AnswerOf<H, Type>;
  }
}
