import * as z from "zod/mini";
import { isId } from "../../core/api-key/key-string.ts";
import { positionOf } from "../../core/event-position.ts";
import type { EventSearch } from "../../core/event-search.ts";
import type { ListEvents } from "../../core/use-cases/list-events.ts";
import { eventStream, wantsStream } from "../event-stream-response.ts";
import { problemOf } from "../failures.ts";
import { route } from "../route.ts";
import { listOf, text } from "../schema.ts";
import { eventListAnswer, eventStreamAnswer } from "./event-answers.ts";
import { timestampValue } from "./key-values.ts";
import { constraintsOf, cursorValue, limitDefault, limitValue, pageAnswer, unique } from "./list-values.ts";

const typesMax = 20;
const streamedAtOnce = 1000;
const pageCharactersMax = 4_000_000;

const typePattern = /^[a-z_]{1,32}(\.[a-z_]{1,32})?\.([a-z_]{1,32}|\*)$/;

const subject = text((value) => isId("key", value) || isId("adm", value), "the id of a key or of an admin", {
  pattern: "^(key|adm)_[0-9A-Za-z]{20}$",
});

const query = z.strictObject({
  limit: z.optional(limitValue),
  cursor: z.optional(cursorValue),
  type: z
    .optional(
      listOf(
        text((value) => typePattern.test(value), "a type of events, such as key.created, or some, such as key.*", {
          pattern: typePattern.source,
          examples: ["key.*"],
        }),
        typesMax,
      ),
    )
    .check(z.describe("Any of these types.")),
  keyId: z.optional(subject).check(z.describe("About this key, or this admin.")),
  lineage: z.optional(subject).check(z.describe("About any key of this lineage.")),
  actorId: z
    .optional(text((value) => isId("adm", value), "the id of an admin", { pattern: "^adm_[0-9A-Za-z]{20}$" }))
    .check(z.describe("Done by this admin.")),
  since: z.optional(timestampValue).check(z.describe("At this time or later.")),
  until: z.optional(timestampValue).check(z.describe("Before this time.")),
});

const searchOf = (given: z.infer<typeof query>): EventSearch => ({
  types: unique(given.type),
  keyId: given.keyId ?? null,
  lineage: given.lineage ?? null,
  actorId: given.actorId ?? null,
  since: given.since ?? null,
  until: given.until ?? null,
});

export const listEvents = route(
  {
    method: "GET",
    path: "/v1/events",
    operationId: "listEvents",
    tag: "Events",
    summary: "List events, newest first",
    description:
      "A caller whom a constraint narrows sees the events of keys within it. As a stream it takes no `limit`; one that breaks off is not whole.",
    access: { permission: "events:read" },
    query,
    repeatable: ["type"],
    success: [
      {
        status: 200,
        description: "A page of events; only `nextCursor` null ends the list.",
        answer: eventListAnswer,
        headers: ["Link"],
      },
      {
        status: 200,
        description: "With `Accept: application/x-ndjson` all that match, one event a line.",
        answer: eventStreamAnswer,
      },
    ],
    refusals: ["invalid_cursor"],
  },
  async ({ query: given, caller, ready, url, accept, services }) => {
    const search = searchOf(given);
    const constraints = constraintsOf(caller.grants, "events:read");
    const scope = { route: "events", filters: JSON.stringify(search), constraints };
    const examined = given.cursor === undefined ? null : ready.decodeCursor(scope, given.cursor);
    const before = examined ? positionOf(examined) : null;
    if (examined === undefined || before === undefined) return { code: "invalid_cursor" };

    const command = { type: "list-events", search, before, charactersMax: pageCharactersMax } as const;
    if (wantsStream(accept ?? null)) {
      if (given.limit !== undefined) return limitOfAStream;
      const stream = await ready.streamEvents({ ...command, limit: streamedAtOnce }, caller);
      if (!stream.ok) return problemOf(stream.failure);
      return eventStream(stream.value, (error) => services.reportFault(caller.requestId, error));
    }
    const page: ListEvents = { ...command, limit: given.limit ?? limitDefault };
    const answer = await ready.manager.execute(page, caller);
    if (!answer.ok) return problemOf(answer.failure);
    const { examinedTo } = answer.value;
    const items = answer.value.items.map(({ event }) => event);
    return pageAnswer(url, items, examinedTo && ready.encodeCursor(scope, examinedTo));
  },
);

const limitOfAStream = {
  code: "invalid_request",
  errors: [{ parameter: "limit", code: "not_allowed", detail: "a stream has no pages: it ends with the last event" }],
} as const;
