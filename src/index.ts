import { WorkerEntrypoint } from "cloudflare:workers";
import packageJson from "../package.json";
import { handleRequest } from "./api/handle-request.ts";
import type { CreatedKey, KeyPage, RevokedKey, RotatedKey, RpcAnswer, RpcKey, RpcVerdict } from "./api/rpc/answers.ts";
import type { CreateCall, GetCall, ListCall, RevokeCall, RotateCall, ValidationCall } from "./api/rpc/calls.ts";
import { type IssuerMethod, issueForSibling } from "./api/rpc/issue-for-sibling.ts";
import { validateForSibling } from "./api/rpc/validate-for-sibling.ts";
import { withoutKeys } from "./api/secret-pattern.ts";
import type { ReadyServices, Services } from "./api/services.ts";
import { RefusedAttempts } from "./core/access/refused-attempts.ts";
import { succeed } from "./core/result.ts";
import type { Bindings } from "./infrastructure/bindings.ts";
import { frame } from "./infrastructure/crypto/frame.ts";
import { heldSecretsOf } from "./infrastructure/crypto/keyring.ts";
import { sha256, toHex } from "./infrastructure/crypto/primitives.ts";
import { type Configured, Deployment } from "./infrastructure/deployment.ts";
import { decodeCursor, encodeCursor } from "./infrastructure/list-cursor.ts";
import { countingObjectCalls, objectCalls } from "./infrastructure/object-calls.ts";
import { judgeDeployerToken } from "./infrastructure/secrets/deployer-token.ts";

export { KeyManagerObject } from "./infrastructure/key-manager-object.ts";

const readyServices = ({ keyring, manager, frontDoor }: Configured): ReadyServices => ({
  manager,
  validate: (request, caller) => frontDoor.validate(request, caller),
  authenticate: (keyString, origin) => frontDoor.authenticate(keyString, origin),
  authenticateSession: (token, origin) => frontDoor.authenticateSession(token, origin),
  streamEvents: (command, caller) => manager.streamEvents(command, caller),
  heldSecrets: heldSecretsOf(keyring),
  encodeCursor: (scope, position) => encodeCursor(keyring.hmac, scope, position),
  decodeCursor: (scope, cursor) => decodeCursor(keyring.hmac, scope, cursor),
});

/** One line of JSON. A key in something the client or the platform wrote is taken out. */
const log = (level: "info" | "error", line: object): void => {
  const text = withoutKeys(JSON.stringify({ level, ...line }));
  // biome-ignore lint/suspicious/noConsole: the log of the Worker.
  console[level === "error" ? "error" : "log"](text);
};

const reportFault = (requestId: string, error: unknown): void => {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  log("error", { requestId, name, message, stack });
};

const servicesOf = (bindings: Bindings): Services => {
  const deployment = new Deployment(bindings);
  const strangers = new RefusedAttempts();
  let made: ReadyServices | undefined;
  const readyOnce = (configured: Configured): ReadyServices => {
    made ??= readyServices(configured);
    return made;
  };
  return {
    version: packageJson.version,
    corsOrigins: deployment.corsOrigins,
    configured: async () => {
      const configured = await deployment.configured();
      return configured && readyOnce(configured);
    },
    ready: async () => {
      const ready = await deployment.ready();
      return ready.ok ? succeed(readyOnce(ready.value)) : ready;
    },
    problems: async () => {
      try {
        return await deployment.problems();
      } catch (error) {
        reportFault("readiness", error);
        return [{ name: "store", detail: "the admin object fails: the log tells why" }];
      }
    },
    secretSources: () => deployment.secretSources(),
    judgeToken: (name, given) => judgeDeployerToken(name, bindings[name], given),
    recoveryTokenDigest: () => toHex(sha256(bindings.RECOVERY_TOKEN?.trim() ?? "")),
    digest: (parts) => sha256(frame(parts)),
    newRequestId: () => crypto.randomUUID(),
    machineTime: () => Date.now(),
    objectCalls,
    isStrangerToBeTold: () => {
      strangers.takeSuppressed(Date.now());
      return strangers.note({ kind: "anonymous" }, Date.now());
    },
    logRequest: (line) => log("info", line),
    reportFault,
  };
};

/** One set of services per isolate: the bindings are the same object in all its requests. */
const known = new WeakMap<Bindings, Services>();

const servicesFor = (bindings: Bindings): Services => {
  const services = known.get(bindings) ?? servicesOf(bindings);
  known.set(bindings, services);
  return services;
};

/** For sibling Workers that ask whether a key is good. What it may see is in the props of the binding. */
export class KeyValidator extends WorkerEntrypoint<Bindings, unknown> {
  validate(request: ValidationCall): Promise<RpcVerdict> {
    return validateForSibling(servicesFor(this.env), this.ctx.props, request);
  }
}

/** For sibling Workers that hand out keys. What it may do is in the props of the binding; without them it may do nothing. */
export class KeyIssuer extends WorkerEntrypoint<Bindings, unknown> {
  create(request: CreateCall): Promise<RpcAnswer<CreatedKey>> {
    return this.#call("create", request);
  }

  list(request: ListCall): Promise<RpcAnswer<KeyPage>> {
    return this.#call("list", request);
  }

  get(request: GetCall): Promise<RpcAnswer<RpcKey>> {
    return this.#call("get", request);
  }

  rotate(request: RotateCall): Promise<RpcAnswer<RotatedKey>> {
    return this.#call("rotate", request);
  }

  revoke(request: RevokeCall): Promise<RpcAnswer<RevokedKey>> {
    return this.#call("revoke", request);
  }

  #call<Value>(method: IssuerMethod, request: unknown): Promise<RpcAnswer<Value>> {
    return issueForSibling(servicesFor(this.env), this.ctx.props, method, request);
  }
}

export default {
  fetch: (request, bindings) => countingObjectCalls(() => handleRequest(request, servicesFor(bindings))),
} satisfies ExportedHandler<Bindings>;
