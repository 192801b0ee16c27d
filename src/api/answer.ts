import * as z from "zod/mini";

/** What a body of an answer holds, and one as it might come. */
export interface AnswerBody {
  readonly mediaType: "application/json" | "application/x-ndjson" | "text/html";
  readonly schema: z.ZodMiniType;
  readonly example?: unknown;
}

/** Answers may grow, so their schemas are open objects; the tests find a member that is missing or not named here. */
export const answerOf = <Schema extends z.ZodMiniType>(schema: Schema, example: z.input<Schema>): AnswerBody => ({
  mediaType: "application/json",
  schema,
  example,
});

/** A page for people. */
export const htmlAnswer: AnswerBody = { mediaType: "text/html", schema: z.string() };

/** Headers that only some answers have, and what they tell. */
export const answerHeaders = {
  ETag: 'The version of the resource as a strong tag, `"3"`, for `If-Match`.',
  Location: "The path of what was made.",
  "Set-Cookie": "The cookie of the session, or its end.",
  Link: 'The next page, as `<...>; rel="next"`; only where there is one.',
  "X-Key-Id": "The id of the key.",
  "X-Key-Lineage": "The id of the first key of its chain.",
  "X-Key-Owner": "Whose key it is.",
  "X-Key-Scopes": "All it may do, separated by spaces.",
  "X-Key-Warning": "`rotating`: it is in grace and has a successor.",
  "X-Key-Valid-Until": "With a warning: the last moment at which it is good.",
} as const;

export type AnswerHeader = keyof typeof answerHeaders;

/** Those of them that an answer may lack though its route declares them. */
export const optionalHeaders: readonly AnswerHeader[] = ["Link", "X-Key-Warning", "X-Key-Valid-Until"];
