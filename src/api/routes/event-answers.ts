import * as z from "zod/mini";
import { type AnswerBody, answerOf } from "../answer.ts";
import { idOf, pageOf, textOrNull, time, told, whole } from "../answer-values.ts";

const kinds = ["admin", "service", "setup", "system", "anonymous"] as const;
const subjects = ["key", "admin", "role", "system"] as const;

const actorSchema = z
  .object({
    kind: z.enum(kinds).check(z.describe("What sort of caller it was.")),
    id: z.optional(told("The id of the admin.")),
    lineage: z.optional(told("The lineage of the admin.")),
    name: z.optional(told("The name of the admin, or of the sibling Worker.")),
  })
  .check(z.meta({ id: "Actor", description: "Who did it." }));

const subjectSchema = z
  .object({
    kind: z.enum(subjects).check(z.describe("What sort of thing it is.")),
    id: told("Its id, or the name of a role."),
    lineage: z.optional(told("The lineage of the key or admin.")),
    owner: z.optional(told("Whose key it is.")),
    prefix: z.optional(told("The prefix of the key.")),
  })
  .check(z.meta({ id: "Subject", description: "What it was done to." }));

const changeSchema = z.object({
  from: z.unknown().check(z.describe("What was there before.")),
  to: z.unknown().check(z.describe("What is there now.")),
});

const eventSchema = z
  .object({
    id: idOf("The id of the event.", "evt_3Hn0kq9Zt2a7B3cD5eF7"),
    at: time("When it happened."),
    type: told("What happened. There may be new types."),
    actor: actorSchema,
    subject: subjectSchema,
    requestId: told("The `X-Request-Id` of the request."),
    ip: z.optional(told("Whence the request came, where the platform says so.")),
    changes: z.optional(
      z
        .record(z.string(), changeSchema)
        .check(z.describe("The fields that became different, by name. Never a secret.")),
    ),
    reason: z.optional(told("Why, as a word.")),
    note: z.optional(told("Why, in words.")),
    chain: told("The object whose chain it stands in."),
    sequence: whole("Its place in that chain, from 1."),
    previousHash: told("The hash of the event before it, in hexadecimal."),
    hash: told("Its own hash, in hexadecimal."),
  })
  .check(z.meta({ id: "Event", description: "One entry of the audit trail." }));

const example = {
  id: "evt_3Hn0kq9Zt2a7B3cD5eF7",
  at: "2026-11-20T14:18:10.937Z",
  type: "key.revoked",
  actor: { kind: "admin" as const, id: "adm_0Vb3Zt2azz0000000000", lineage: "adm_0Vb3Zt2azz0000000000", name: "Jo" },
  subject: {
    kind: "key" as const,
    id: "key_0Vb3Zt2a7B3cD5eF7gHk",
    lineage: "key_0Vb3Zt2a7B3cD5eF7gHk",
    owner: "acct_42",
    prefix: "acme_live",
  },
  requestId: "ce22d2c7-7d70-44dd-a0e1-71c5e91e078b",
  reason: "leaked",
  chain: "shard-02",
  sequence: 42,
  previousHash: "5f0c1d2e3b4a59687786958493a2b1c0d9e8f7061524334251607f8e9dacbbca",
  hash: "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
};

export const eventListAnswer = answerOf(
  pageOf(eventSchema, "Newest first.").check(z.meta({ id: "EventList", description: "A page of events." })),
  { items: [example], nextCursor: null },
);

/** Each line is one event. */
export const eventStreamAnswer: AnswerBody = { mediaType: "application/x-ndjson", schema: eventSchema };

const chainSchema = z
  .object({
    object: told("The object whose chain it is."),
    events: whole("How many events it ought to hold."),
    verifiedThrough: whole("The sequence up to which every event is the one that was written."),
    head: textOrNull("The hash of the newest event; null when the record of it cannot be believed."),
    firstBroken: z.optional(whole("The sequence of the first event that is missing, changed, or one too many.")),
  })
  .check(z.meta({ id: "Chain", description: "How far the events of one object are verified." }));

export const verificationAnswer = answerOf(
  z
    .object({
      intact: z.boolean().check(z.describe("Nothing broken was found, on this page and those before it.")),
      chains: z.array(chainSchema).check(z.describe("The chains, or parts of them, that this page looked at.")),
      nextCursor: textOrNull("`cursor` of the next page. Only null ends the verification."),
    })
    .check(z.meta({ id: "Verification", description: "A part of the verification of all chains." })),
  {
    intact: true,
    chains: [{ object: "admin", events: 7, verifiedThrough: 7, head: example.hash }],
    nextCursor: null,
  },
);
