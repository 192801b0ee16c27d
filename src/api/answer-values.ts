import * as z from "zod/mini";
import { statuses } from "../core/api-key/lifecycle.ts";

/** Values that answers of several kinds hold. */
export const told = (description: string) => z.string().check(z.describe(description));

/** zod's own integers have bounds, which would say more than an answer means. */
export const whole = (description: string) => z.number().check(z.meta({ description, type: "integer" }));

export const idOf = (what: string, example: string) =>
  z.string().check(z.meta({ description: what, maxLength: 64, examples: [example] }));

export const time = (description: string) => z.string().check(z.meta({ description, format: "date-time" }));

const orNull = <Schema extends z.ZodMiniType>(schema: Schema, description: string) =>
  z.nullable(schema).check(z.describe(description));

export const timeOrNull = (description: string) =>
  orNull(z.string().check(z.meta({ format: "date-time" })), description);
export const textOrNull = (description: string) => orNull(z.string(), description);

const status = z
  .enum(statuses)
  .check(z.describe("The first that applies. There may be new ones: treat one you do not know as not usable."));

/** What every key has that lives, is rotated and dies: one of a customer and one of an admin. */
export const lifeMembers = {
  status,
  enabled: z.boolean().check(z.describe("False refuses it until it is true again.")),
  createdAt: time("When it was made."),
  updatedAt: time("When it was last changed."),
  expiresAt: timeOrNull("The last millisecond at which it is good; null means never to expire."),
  rotation: z
    .object({
      predecessor: textOrNull("The id it took the place of."),
      successor: textOrNull("The id that took its place."),
      graceEndsAt: timeOrNull("The last millisecond at which it still works beside its successor."),
    })
    .check(z.meta({ id: "Rotation", description: "Its neighbours in the lineage." })),
  revokedAt: timeOrNull("When it was revoked."),
  revocationReason: textOrNull("Why, as a word."),
  revocationNote: textOrNull("Why, in words."),
  version: whole("1, and one more with every change; uses do not count. The ETag holds it."),
};

export const lifeExample = {
  status: "active" as const,
  enabled: true,
  createdAt: "2026-11-20T14:18:10.937Z",
  updatedAt: "2026-11-20T14:18:10.937Z",
  expiresAt: null,
  rotation: { predecessor: null, successor: null, graceEndsAt: null },
  revokedAt: null,
  revocationReason: null,
  revocationNote: null,
  version: 1,
};

/** A page of any list. */
export const pageOf = <Item extends z.ZodMiniType>(item: Item, order: string) =>
  z.object({
    items: z.array(item).check(z.describe(`${order} There may be few, or none, although more follow.`)),
    nextCursor: textOrNull("`cursor` of the next page. Only null ends the list."),
  });
