import type { Accepted } from "../api-types.ts";
import type { KeyValidatorBinding, Refusal, ValidationRequest } from "./options.ts";
import { membersOf } from "./refusal.ts";

const codePattern = /^[a-z][a-z0-9_]{0,63}$/;

/** Good is only what says so and tells whose it is: an answer of any other shape lets nobody in. */
const isAccepted = (verdict: unknown): verdict is Accepted => {
  const { valid, id, lineage, owner, scopes } = membersOf(verdict);
  return valid === true && [id, lineage, owner].every((text) => typeof text === "string") && Array.isArray(scopes);
};

const unavailable: Refusal = { status: 503, code: "unavailable" };

/** By `httpStatus`, whatever the code: a newer manager may have codes that are not known here. */
const refusalOf = (verdict: unknown): Refusal => {
  const { valid, code, httpStatus } = membersOf(verdict);
  const isStatus =
    valid === false && Number.isInteger(httpStatus) && Number(httpStatus) >= 400 && Number(httpStatus) <= 599;
  if (!isStatus) return { ...unavailable, verdict };
  const isCode = typeof code === "string" && codePattern.test(code);
  return { status: Number(httpStatus), code: isCode ? code : "refused", verdict };
};

const within = async <Value>(seconds: number, work: PromiseLike<Value>): Promise<Value> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    const error = new Error(`the manager did not answer within ${seconds} s`);
    timer = setTimeout(() => reject(error), seconds * 1000);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
};

/** Asks every time: a verdict that is kept would outlive a revocation. */
export const verdictOf = async (
  keys: KeyValidatorBinding,
  request: ValidationRequest,
  timeoutSeconds: number,
): Promise<Accepted | { readonly refusal: Refusal }> => {
  try {
    const verdict = await within<unknown>(timeoutSeconds, keys.validate(request));
    return isAccepted(verdict) ? verdict : { refusal: refusalOf(verdict) };
  } catch (error) {
    return { refusal: { ...unavailable, error } };
  }
};
