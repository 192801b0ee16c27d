import { tracing } from "cloudflare:workers";
import type { Caller } from "../core/access/caller.ts";
import type { CommandOf } from "../core/command-bus.ts";
import { isOnceOnly } from "../core/replay.ts";
import { refuse } from "../core/result.ts";
import type { Answer, CommandType, UseCases } from "../core/use-cases.ts";
import type { Bindings } from "./bindings.ts";
import { noteObjectCall } from "./object-calls.ts";

/**
 * Doing these twice does what doing them once does, so they may be sent again when the answer was lost. Not so with a
 * condition: the first sending may have made it false.
 */
const repeatable: ReadonlySet<CommandType> = new Set([
  "adopt-secrets",
  "authenticate-admin",
  "authenticate-session",
  "bulk-keys",
  "end-sessions",
  "get-admin",
  "get-key",
  "get-key-usage",
  "get-role",
  "get-set-up",
  "get-stats",
  "get-system",
  "list-admins",
  "list-events",
  "list-keys",
  "list-roles",
  "pause-reencryption",
  "read-register",
  "record-shards",
  "revoke-admin",
  "revoke-key",
  "start-reencryption",
  "update-admin",
  "update-key",
  "validate-key",
  "verify-events",
]);

const isRepeatable = (command: { readonly type: CommandType }, caller: Caller): boolean =>
  isOnceOnly(command.type, caller) || (repeatable.has(command.type) && !("ifVersions" in command));

const pausesMs = [50, 200] as const;

interface PlatformFault {
  readonly retryable?: boolean;
  readonly overloaded?: boolean;
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * One command, one object, one call. A fault of the platform becomes a refusal; a fault of ours is thrown on. After any
 * exception a stub is broken for good, so every attempt takes a new one. Where requests are traced, each is a span.
 */
export const sendToObject = <Type extends CommandType>(
  objects: Bindings["KEY_MANAGER"],
  name: string,
  command: CommandOf<UseCases, Type>,
  caller: Caller,
): Promise<Answer<Type>> =>
  tracing.enterSpan(`latchkey ${command.type}`, (span) => {
    span.setAttribute("latchkey.object", name);
    return attempt(objects, name, command, caller);
  });

const attempt = async <Type extends CommandType>(
  objects: Bindings["KEY_MANAGER"],
  name: string,
  command: CommandOf<UseCases, Type>,
  caller: Caller,
): Promise<Answer<Type>> => {
  for (let attempt = 0; ; attempt += 1) {
    try {
      noteObjectCall();
      return await objects.getByName(name).execute(command, caller);
    } catch (error) {
      const { retryable = false, overloaded = false } = error as PlatformFault;
      if (overloaded) return refuse({ code: "overloaded" });
      if (!retryable) throw error;
      const pauseMs = pausesMs[attempt];
      if (pauseMs === undefined || !isRepeatable(command, caller)) return refuse({ code: "storage_unavailable" });
      await pause(pauseMs);
    }
  }
};
