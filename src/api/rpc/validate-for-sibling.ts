import * as z from "zod/mini";
import type { Caller } from "../../core/access/caller.ts";
import { refusedVerdict, type Verdict } from "../../core/api-key/verdict.ts";
import { needs } from "../routes/validate-key.ts";
import { checkBody } from "../schema.ts";
import type { Services } from "../services.ts";
import { checkValidatorProps, constraintOf, detailOf, type ValidatorProps } from "./props.ts";

/** What a sibling Worker asks. */
export interface ValidationCall {
  readonly key: string;
  /** All of these are needed. */
  readonly scopes?: readonly string[];
  /** One of these is needed. */
  readonly anyScope?: readonly string[];
  /** Globs; the prefix of the key must match one. */
  readonly prefixes?: readonly string[];
  readonly ip?: string;
}

/** The call itself is not right: nothing was checked, and the key counts as refused. */
interface InvalidCall {
  readonly valid: false;
  readonly code: "invalid_request";
  readonly httpStatus: 500;
  readonly detail: string;
}

export type RpcVerdict = Verdict | InvalidCall;

const retryAfterSeconds = 5;

const call = z.strictObject({ key: z.optional(z.unknown()), ...needs }, "must be an object");

const invalidCall = (detail: string): InvalidCall => ({
  valid: false,
  code: "invalid_request",
  httpStatus: 500,
  detail,
});

const unavailable = (): Verdict => ({ ...refusedVerdict("unavailable"), retryAfter: retryAfterSeconds });

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
    if (!props.ok) return invalidCall(detailOf("props of the binding", props.errors));
    const asked = checkBody(call, request);
    if (!asked.ok) return invalidCall(detailOf("the request", asked.errors));
    const { key, scopes = [], anyScope = [], prefixes = [] } = asked.value;
    if (typeof key !== "string") return refusedVerdict("malformed");
    const ready = services.configured();
    if (!ready) return unavailable();
    const caller = callerOf(props.value, requestId);
    const answer = await ready.validate({ key, scopes, anyScope, prefixes }, caller);
    return answer.ok ? answer.value : unavailable();
  } catch (error) {
    services.reportFault(requestId, error);
    return unavailable();
  }
};
