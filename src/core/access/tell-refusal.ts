import type { Ports } from "../ports.ts";
import type { Actor, Caller } from "./caller.ts";

type Telling = Pick<Ports, "clock" | "events" | "refusedAttempts">;

const subjectOf = (actor: Actor) =>
  actor.kind === "admin"
    ? ({ kind: "admin", id: actor.id, lineage: actor.lineage } as const)
    : ({ kind: "system", id: "access" } as const);

/** How often somebody was refused beyond what was told one by one, for minutes that are over. */
export const tellSuppressed = ({ clock, events, refusedAttempts }: Telling, caller: Caller): void => {
  for (const { actor, count } of refusedAttempts.takeSuppressed(clock.now())) {
    events.append(
      {
        type: "access.refusals_suppressed",
        subject: subjectOf(actor),
        changes: { suppressed: { from: 0, to: count } },
      },
      { ...caller, actor },
    );
  }
};

/** An event about somebody who was refused, unless there were too many of them in this minute. */
export const tellRefusal = (ports: Telling, caller: Caller, reason: string, route: string | null): void => {
  tellSuppressed(ports, { ...caller, requestId: "system", ip: null });
  const { actor } = caller;
  if (!ports.refusedAttempts.note(actor, ports.clock.now())) return;
  ports.events.append({ type: "access.refused", subject: subjectOf(actor), reason, note: route }, caller);
};
