import type { Caller } from "./access/caller.ts";
import type { AnswerOf, AnyCommand, CommandOf, Handlers } from "./command-bus.ts";
import type { Ports } from "./ports.ts";
import type { ReplayRefusal } from "./replay.ts";
import type { KeptCommand } from "./replay-rights.ts";
import type { Refusal } from "./result.ts";
import { adoptSecrets } from "./use-cases/adopt-secrets.ts";
import { authenticateAdmin } from "./use-cases/authenticate-admin.ts";
import { authenticateSession } from "./use-cases/authenticate-session.ts";
import { bulkKeys } from "./use-cases/bulk-keys.ts";
import { cancelRotation } from "./use-cases/cancel-rotation.ts";
import { createAdmin } from "./use-cases/create-admin.ts";
import { createKey } from "./use-cases/create-key.ts";
import { deleteKey } from "./use-cases/delete-key.ts";
import { deleteRole } from "./use-cases/delete-role.ts";
import { endSessions } from "./use-cases/end-sessions.ts";
import { finishRotation } from "./use-cases/finish-rotation.ts";
import { getAdmin } from "./use-cases/get-admin.ts";
import { getKey } from "./use-cases/get-key.ts";
import { getKeyUsage } from "./use-cases/get-key-usage.ts";
import { getRole } from "./use-cases/get-role.ts";
import { getSetUp } from "./use-cases/get-set-up.ts";
import { getStats } from "./use-cases/get-stats.ts";
import { getSystem } from "./use-cases/get-system.ts";
import { listAdmins } from "./use-cases/list-admins.ts";
import { listEvents } from "./use-cases/list-events.ts";
import { listKeys } from "./use-cases/list-keys.ts";
import { listRoles } from "./use-cases/list-roles.ts";
import { pauseReencryption } from "./use-cases/pause-reencryption.ts";
import { pruneEvents } from "./use-cases/prune-events.ts";
import { purgeRotatedKeys } from "./use-cases/purge-rotated-keys.ts";
import { readRegister } from "./use-cases/read-register.ts";
import { recordRefusal } from "./use-cases/record-refusal.ts";
import { recordShards } from "./use-cases/record-shards.ts";
import { recoverOwner } from "./use-cases/recover-owner.ts";
import { reencryptRecords } from "./use-cases/reencrypt-records.ts";
import { revealKey } from "./use-cases/reveal-key.ts";
import { revokeAdmin } from "./use-cases/revoke-admin.ts";
import { revokeKey } from "./use-cases/revoke-key.ts";
import { rotateAdmin } from "./use-cases/rotate-admin.ts";
import { rotateKey } from "./use-cases/rotate-key.ts";
import { saveRole } from "./use-cases/save-role.ts";
import { setUp } from "./use-cases/set-up.ts";
import { startReencryption } from "./use-cases/start-reencryption.ts";
import { startSession } from "./use-cases/start-session.ts";
import { tellSuppressedRefusals } from "./use-cases/tell-suppressed-refusals.ts";
import { updateAdmin } from "./use-cases/update-admin.ts";
import { updateKey } from "./use-cases/update-key.ts";
import { validateKey } from "./use-cases/validate-key.ts";
import { verifyEvents } from "./use-cases/verify-events.ts";

/** The catalogue: what the product does, one line each. */
export const useCases = (ports: Ports) =>
  ({
    "adopt-secrets": adoptSecrets(ports),
    "authenticate-admin": authenticateAdmin(ports),
    "authenticate-session": authenticateSession(ports),
    "bulk-keys": bulkKeys(ports, (over) => ({ revoke: revokeKey(over), update: updateKey(over) })),
    "cancel-rotation": cancelRotation(ports),
    "create-admin": createAdmin(ports),
    "create-key": createKey(ports),
    "delete-key": deleteKey(ports),
    "delete-role": deleteRole(ports),
    "end-sessions": endSessions(ports),
    "finish-rotation": finishRotation(ports),
    "get-admin": getAdmin(ports),
    "get-key": getKey(ports),
    "get-key-usage": getKeyUsage(ports),
    "get-role": getRole(ports),
    "get-set-up": getSetUp(ports),
    "get-stats": getStats(ports),
    "get-system": getSystem(ports),
    "list-admins": listAdmins(ports),
    "list-events": listEvents(ports),
    "list-keys": listKeys(ports),
    "list-roles": listRoles(ports),
    "pause-reencryption": pauseReencryption(ports),
    "prune-events": pruneEvents(ports),
    "purge-rotated-keys": purgeRotatedKeys(ports),
    "read-register": readRegister(ports),
    "record-refusal": recordRefusal(ports),
    "record-shards": recordShards(ports),
    "recover-owner": recoverOwner(ports),
    "reencrypt-records": reencryptRecords(ports),
    "reveal-key": revealKey(ports),
    "revoke-admin": revokeAdmin(ports),
    "revoke-key": revokeKey(ports),
    "rotate-admin": rotateAdmin(ports),
    "rotate-key": rotateKey(ports),
    "save-role": saveRole(ports),
    "set-up": setUp(ports),
    "start-reencryption": startReencryption(ports),
    "start-session": startSession(ports),
    "tell-suppressed-refusals": tellSuppressedRefusals(ports),
    "update-admin": updateAdmin(ports),
    "update-key": updateKey(ports),
    "validate-key": validateKey(ports),
    "verify-events": verifyEvents(ports),
  }) satisfies Handlers;

export type UseCases = ReturnType<typeof useCases>;
export type CommandType = keyof UseCases;
export type Command = AnyCommand<UseCases>;

/** Why no command can be executed at all just now; the answer to any command. */
export type Unready =
  | { readonly code: "not_configured"; readonly detail: string; readonly settings: readonly string[] }
  | { readonly code: "storage_unavailable" }
  | { readonly code: "overloaded" };

export type Failure = Extract<ReturnType<UseCases[CommandType]>, { ok: false }>["failure"] | Unready | ReplayRefusal;

export type Answer<Type extends CommandType> =
  | AnswerOf<UseCases, Type>
  | Refusal<Unready>
  | (Type extends KeptCommand ? Refusal<ReplayRefusal> : never);

/** Anything commands can be sent to, near or far. */
export interface KeyManager {
  execute<Type extends CommandType>(command: CommandOf<UseCases, Type>, caller: Caller): Promise<Answer<Type>>;
}
