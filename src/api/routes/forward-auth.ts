import * as z from "zod/mini";
import type { Declaration } from "../route.ts";
import { needs } from "./validate-key.ts";

export const path = "/v1/forward-auth";
export const gatewayHeader = "X-Latchkey-Gateway";
export const scopesHeader = "X-Latchkey-Scopes";
export const neededScopesMax = 64;

/** Described as a GET; `askForGateway` answers it, with any method and below the path too. */
export const forwardAuth: Declaration<typeof path, unknown, unknown> = {
  method: "GET",
  path,
  operationId: "forwardAuth",
  tag: "Gateways",
  summary: "May this request of a gateway's client pass",
  description: [
    "For nginx `auth_request`, Traefik ForwardAuth, Envoy ext_authz and Caddy forward_auth. It is answered in the same way with every method, `OPTIONS` too, and on every path below it, which Envoy makes of its client's; there the query is not looked at, and no body ever is.",
    "`Authorization` or `X-API-Key` is the key of the gateway's client, `X-Latchkey-Gateway` the gateway's own. Needed scopes are those of `X-Latchkey-Scopes` and of `scope` together. `X-Auth-Code` tells the code of the verdict, as `POST /v1/validate` does. What is wrong with the gateway's own part of the request is 503 `gateway_misconfigured`, since a 401 or 403 would reach its client.",
  ].join("\n\n"),
  access: "gateway",
  query: z.object({ scope: needs.scopes }),
  repeatable: ["scope"],
  success: {
    status: 200,
    description: "It may.",
    answer: null,
    headers: ["X-Key-Id", "X-Key-Lineage", "X-Key-Owner", "X-Key-Scopes", "X-Key-Warning", "X-Key-Valid-Until"],
  },
  refusals: ["wrong_prefix", "insufficient_scope", "gateway_misconfigured"],
};
