import type { Status } from "../../src/core/api-key/lifecycle.ts";
import { isInGrace, type ModelKey, statusOf } from "./key.ts";
import type { Model } from "./model.ts";

const dayMs = 86_400_000;
const dayOf = (time: number): number => Math.floor(time / dayMs);

/** Every key looked at and counted. */
export const figuresOf = (model: Model) => {
  const keys = model.keys.filter(({ isDeleted }) => !isDeleted);
  const count = (isCounted: (key: ModelKey, now: number) => boolean): number =>
    keys.filter((key) => isCounted(key, model.nowOf(key))).length;
  const live = keys.filter((key) => ["active", "rotating", "disabled"].includes(statusOf(key, model.nowOf(key))));
  const withStatus = (status: Status): number => count((key, now) => statusOf(key, now) === status);
  return {
    keys: {
      total: keys.length,
      byStatus: {
        active: withStatus("active"),
        rotating: withStatus("rotating"),
        disabled: withStatus("disabled"),
        rotated: withStatus("rotated"),
        expired: withStatus("expired"),
        revoked: withStatus("revoked"),
      },
    },
    expiringIn7Days: live.filter((key) => (key.expiresAt ?? Number.POSITIVE_INFINITY) - model.nowOf(key) < 7 * dayMs)
      .length,
    inGrace: count(isInGrace),
    unusedFor30Days: live.filter((key) => dayOf(model.nowOf(key)) - dayOf(key.lastUsedAt ?? key.createdAt) > 30).length,
  };
};
