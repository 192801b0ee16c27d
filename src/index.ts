import packageJson from "../package.json";
import { handleRequest } from "./api/handle-request.ts";
import { withoutKeys } from "./api/secret-pattern.ts";
import type { ReadyServices, Services } from "./api/services.ts";
import { succeed } from "./core/result.ts";
import type { Bindings } from "./infrastructure/bindings.ts";
import { frame } from "./infrastructure/crypto/frame.ts";
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
  return {
    version: packageJson.version,
    corsOrigins: deployment.corsOrigins,
    ready: async () => {
      const ready = await deployment.ready();
      return ready.ok ? succeed(readyServices(ready.value)) : ready;
    },
    problems: async () => {
      try {
        return await deployment.problems();
      } catch (error) {
        reportFault("readiness", error);
        return [{ name: "store", detail: "the admin object fails: the log tells why" }];
      }
    },
    judgeToken: (name, given) => judgeDeployerToken(name, bindings[name], given),
    recoveryTokenDigest: () => toHex(sha256(bindings.RECOVERY_TOKEN?.trim() ?? "")),
    digest: (parts) => sha256(frame(parts)),
    newRequestId: () => crypto.randomUUID(),
    machineTime: () => Date.now(),
    objectCalls,
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

export default {
  fetch: (request, bindings) => countingObjectCalls(() => handleRequest(request, servicesFor(bindings))),
} satisfies ExportedHandler<Bindings>;
