import type { Caller } from "../core/access/caller.ts";
import type { Arrival } from "./admit.ts";
import { meanings, type Problem, wireCodeOf } from "./failures.ts";
import type { AnyDeclaration, RouteAnswer } from "./route.ts";

/** A 403 is said to somebody who is known. */
export const withRefused = (answer: RouteAnswer, caller: Caller): RouteAnswer =>
  answer instanceof Response || meanings[answer.code].status !== 403 || caller.actor.kind !== "admin"
    ? answer
    : { ...answer, refused: caller };

/** Has the event written. That it could not be is told to the log, and changes nothing for whoever was refused. */
export const tellRefusal = async (
  problem: Problem,
  { method, path }: Pick<AnyDeclaration, "method" | "path">,
  arrival: Arrival,
): Promise<void> => {
  const { services, requestId } = arrival;
  const { code, refused } = problem;
  if (!refused || (refused.actor.kind === "anonymous" && !services.isStrangerToBeTold())) return;
  const command = { type: "record-refusal", code: wireCodeOf(code), route: `${method} ${path}` } as const;
  try {
    const ready = await services.ready();
    if (ready.ok) await ready.value.manager.execute(command, { ...refused, idempotencyKey: null });
  } catch (error) {
    services.reportFault(requestId, error);
  }
};
