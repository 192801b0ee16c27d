import * as z from "zod/mini";
import type { VerifiedPlace } from "../../core/use-cases/verify-events.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { verificationAnswer } from "./event-answers.ts";
import { cursorValue, linkOf } from "./list-values.ts";

const query = z.strictObject({ cursor: z.optional(cursorValue) });

const scope = { route: "events/verify", filters: "", constraints: "" };

/** Where a verification stands, and whether all it has seen was intact: so the last page tells of the whole. */
interface Standing {
  readonly intact: boolean;
  readonly after: VerifiedPlace | null;
}

const textOf = (intact: boolean, { object, sequence }: VerifiedPlace): string =>
  `${intact ? "intact" : "broken"}.${object}.${sequence}`;

const standingOf = (text: string): Standing | undefined => {
  const [, intact, object = "", sequence] = /^(intact|broken)\.([a-z0-9-]+)\.([0-9]+)$/.exec(text) ?? [];
  return intact ? { intact: intact === "intact", after: { object, sequence: Number(sequence) } } : undefined;
};

export const verifyEvents = route(
  {
    method: "GET",
    path: "/v1/events/verify",
    operationId: "verifyEvents",
    tag: "Events",
    summary: "Verify the chains of events",
    access: { permission: "events:read", unconstrained: true },
    query,
    success: {
      status: 200,
      description: "A part of the chains. Only `nextCursor` null ends the verification.",
      answer: verificationAnswer,
      headers: ["Link"],
    },
    refusals: ["invalid_cursor"],
  },
  async ({ query: { cursor }, caller, ready, url }) => {
    const text = cursor === undefined ? undefined : ready.decodeCursor(scope, cursor);
    const standing = cursor === undefined ? { intact: true, after: null } : text && standingOf(text);
    if (!standing) return { code: "invalid_cursor" };

    const answer = await ready.manager.execute({ type: "verify-events", after: standing.after }, caller);
    if (!answer.ok) return problemOf(answer.failure);
    const { chains, verifiedTo } = answer.value;
    const intact = standing.intact && chains.every(({ firstBroken }) => firstBroken === undefined);
    if (!verifiedTo) return json(200, { intact, chains, nextCursor: null });
    const nextCursor = ready.encodeCursor(scope, textOf(intact, verifiedTo));
    return json(200, { intact, chains, nextCursor }, { Link: linkOf(url, nextCursor) });
  },
);
