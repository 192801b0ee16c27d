import * as z from "zod/mini";
import type { Caller } from "../../core/access/caller.ts";
import { type Refused, refusedVerdict } from "../../core/api-key/verdict.ts";
import { retryAfterSeconds } from "../responses.ts";
import { needs } from "../routes/validate-key.ts";
import { checkBody } from "../schema.ts";
import type { Services } from "../services.ts";
import type { InvalidCall, RpcVerdict } from "./answers.ts";
import { checkValidatorProps, constraintOf, detailOf, propsDetail, type ValidatorProps } from "./props.ts";

const call = z.strictObject({ key: z.optional(z.unknown()), ...needs }, "must be an object");

const invalidCall = (detail: string): InvalidCall => ({
  valid: false,
  code: "invalid_request",
  httpStatus: 500,
  detail,
});

const unavailable = (): Refused => ({ ...refusedVerdict("unavailable"), retryAfter: retryAfterSeconds });

const callerOf = (props: ValidatorProps, requestId: string): Caller => ({
  actor: { kind: "service", name: props.caller ?? "unnamed" },
  grants: [{ role: "validator", permissions: ["keys:validate"], constraint: constraintOf(props) }],
  requestId,
  ip: null,
  idempotencyKey: null,
});

/**
 * A verdict, whatever is sent: never an exception. What the manager does not know is refused, because a check that is
 * skipped would let a key pass.
 */
export const validateForSibling = async (services: Services, given: unknown, request: unknown): Promise<RpcVerdict> => {
  const requestId = services.newRequestId();
  try {
    const props = checkValidatorProps(given);
    if (!props.ok) return invalidCall(propsDetail(props.errors));
    const asked = checkBody(call, request);
    if (!asked.ok) return invalidCall(`The request is not valid, so nothing was checked: ${detailOf(asked.errors)}.`);
    const { key, scopes = [], anyScope = [], prefixes = [] } = asked.value;
    if (typeof key !== "string") return refusedVerdict("malformed");
    const ready = await services.configured();
    if (!ready) return unavailable();
    const caller = callerOf(props.value, requestId);
    const answer = await ready.validate({ key, scopes, anyScope, prefixes }, caller);
    return answer.ok ? (answer.value as RpcVerdict) : unavailable();
  } catch (error) {
    services.reportFault(requestId, error);
    return unavailable();
  }
};
