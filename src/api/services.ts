import type { Caller } from "../core/access/caller.ts";
import type { ValidationRequest, Verdict } from "../core/api-key/verdict.ts";
import type { ListScope } from "../core/list-scope.ts";
import type { Refusal, Success } from "../core/result.ts";
import type { SettingProblem } from "../core/setting-problem.ts";
import type { EventView } from "../core/stored-event.ts";
import type { HeldSecrets } from "../core/system-report.ts";
import type { ListEvents } from "../core/use-cases/list-events.ts";
import type { Answer, KeyManager, Unready } from "../core/use-cases.ts";

/** Where a request comes from. */
type Origin = Pick<Caller, "requestId" | "ip">;

interface SecretSourceReport {
  readonly name: string;
  readonly servedBy: "worker_secret" | "secrets_store";
  readonly health: "ok" | "changed" | "unavailable";
  readonly note: string | null;
}

/** What the API needs once the settings are in order. */
export interface ReadyServices {
  readonly manager: KeyManager;
  validate(request: ValidationRequest, caller: Caller): Promise<Success<Verdict> | Refusal<Unready>>;
  authenticate(keyString: string, origin: Origin): Promise<Answer<"authenticate-admin">>;
  authenticateSession(token: string, origin: Origin): Promise<Answer<"authenticate-session">>;
  /** All that the command would list, page after page; throws in the middle where it cannot go on. */
  streamEvents(
    command: ListEvents,
    caller: Caller,
  ): Promise<Success<AsyncIterableIterator<readonly EventView[]>> | Refusal<Unready>>;
  /** The manager's own secrets, by fingerprint. */
  readonly heldSecrets: HeldSecrets;
  /** A position is where a list goes on: an id's 20 characters, a name. */
  encodeCursor(scope: ListScope, position: string): string;
  decodeCursor(scope: ListScope, cursor: string): string | undefined;
}

/** Secrets of the deployer that open one route each. */
export type DeployerToken = "SETUP_TOKEN" | "RECOVERY_TOKEN";

interface RequestLine {
  readonly requestId: string;
  readonly method: string;
  readonly route: string | null;
  readonly status: number;
  readonly code: string | null;
  readonly durationMs: number;
  readonly objectCalls: number;
}

export interface Services {
  readonly version: string;
  /** Pages of these origins may call; none where it is empty. */
  readonly corsOrigins: ReadonlySet<string>;
  /** The parts behind the API if the settings are in order, without asking an object whether they fit the store. */
  configured(): Promise<ReadyServices | undefined>;
  /** The parts behind the API, or why there are none just now. Asks an object only until it first succeeded. */
  ready(): Promise<Success<ReadyServices> | Refusal<Unready>>;
  /** Everything the operator has to mend, found out anew. */
  problems(): Promise<readonly SettingProblem[] | Refusal<Unready>>;
  /** Where the manager's own secrets come from, read anew. */
  secretSources(): Promise<readonly SecretSourceReport[]>;
  judgeToken(name: DeployerToken, given: string): "right" | "wrong" | "none configured";
  /** SHA-256 of the deployed RECOVERY_TOKEN, in hexadecimal. */
  recoveryTokenDigest(): string;
  digest(parts: readonly Uint8Array[]): Uint8Array;
  newRequestId(): string;
  machineTime(): number;
  /** Calls to objects so far, in the request this is asked in. */
  objectCalls(): number;
  /** Whether the refusal of a stranger is one of those told one by one: beyond them it costs no call to an object. */
  isStrangerToBeTold(): boolean;
  logRequest(line: RequestLine): void;
  /** One line about a fault of ours. */
  reportFault(requestId: string, error: unknown): void;
}
