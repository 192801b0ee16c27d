import * as z from "zod/mini";
import type { Json, Metadata } from "../../core/api-key/api-key.ts";
import { adminPrefix, defaultPrefix, isPrefix, prefixPattern } from "../../core/api-key/key-string.ts";
import { isGrantedScope } from "../../core/api-key/scopes.ts";
import {
  isName,
  isNote,
  isOwner,
  isReason,
  metadataFault,
  ownerPattern,
  reasonPattern,
  scopesMax,
} from "../../core/api-key/values.ts";
import { listOf, text } from "../schema.ts";
import { parseTimestamp } from "../timestamp.ts";

export const nameValue = text(isName, "1 to 128 characters, none of them a control or text-direction character", {
  minLength: 1,
  maxLength: 128,
  examples: ["Production server"],
});
export const ownerValue = text(
  isOwner,
  "1 to 128 characters of A-Z a-z 0-9 . _ ~ : @ / | + = -, the first a letter or digit",
  { pattern: ownerPattern.source, examples: ["acct_42"] },
);
export const reasonValue = text(isReason, "a word like `leaked`: a-z, 0-9 and _, 64 at most, a letter first", {
  pattern: reasonPattern.source,
  examples: ["leaked", "owner_left", "unused"],
});
export const noteValue = text(isNote, "256 characters at most, none of them a control or text-direction character", {
  maxLength: 256,
  examples: ["seen in a public log"],
});
export const grantedScopeValue = text(isGrantedScope, "segments of a-z 0-9 _ . - or *, joined by `:`, 128 at most", {
  pattern: "^([a-z0-9_.-]+|\\*)(:([a-z0-9_.-]+|\\*))*$",
  maxLength: 128,
  examples: ["orders:read", "orders:*"],
});
export const scopesValue = listOf(grantedScopeValue, scopesMax).check(
  z.describe("What the key may do; none of it where the list is empty. `*` stands for a whole segment."),
);

export const prefixValue = text(
  (prefix) => isPrefix(prefix) && prefix !== adminPrefix,
  `1 to 16 of a-z 0-9, a letter first, and perhaps _ and 1 to 16 more; ${adminPrefix} is reserved`,
  { pattern: prefixPattern.source, not: { const: adminPrefix }, examples: ["acme_live", defaultPrefix] },
);

export const timestampValue = z.pipe(
  text((value) => parseTimestamp(value) !== undefined, "a time like 2027-01-31T23:59:59Z (RFC 3339)", {
    format: "date-time",
    examples: ["2027-01-31T23:59:59Z"],
  }),
  z.transform((value: string) => parseTimestamp(value) ?? Number.NaN),
);

export const graceSecondsDefault = 86_400;
const graceSecondsMax = 2_592_000;
const grace = `must be a whole number from 0 to ${graceSecondsMax}`;
export const graceSecondsValue = z
  .int(grace)
  .check(
    z.minimum(0, grace),
    z.maximum(graceSecondsMax, grace),
    z.meta({ description: "How long the old key works beside the new one.", default: graceSecondsDefault }),
  );

const objectValue = () =>
  z.custom<Metadata>(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    "must be an object",
  );

const metadataText = "An object of your own: at most 4096 bytes as JSON, 5 levels, no member called `__proto__`";
const anyObject = { type: "object", additionalProperties: true, examples: [{ team: "payments" }] };

export const metadataValue = objectValue().check(
  (context) => {
    const fault = metadataFault(context.value as Json);
    if (fault) context.issues.push({ code: "custom", input: context.value, message: fault });
  },
  z.meta({ ...anyObject, description: `${metadataText}, no members that are null.` }),
);

/** A merge patch of metadata: its nulls remove. What comes of it is judged where it is known. */
export const metadataPatchValue = objectValue().check(
  z.meta({ ...anyObject, description: `${metadataText}. It is merged member by member; a null removes.` }),
);
