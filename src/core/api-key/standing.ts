import { isInGrace, type Lifecycle, type Status, statuses, statusOf } from "./lifecycle.ts";

export const dayMs = 86_400_000;
/** So long before its expiry a key counts as expiring. */
export const expiringMs = 7 * dayMs;
const unusedDays = 30;

/** Days since 1970, in UTC. */
export const dayOf = (time: number): number => Math.floor(time / dayMs);

/** Whoever was last seen on this day or before was not seen for 30 whole days, and today's. */
export const unusedSinceDay = (now: number): number => dayOf(now) - unusedDays - 1;

/** What figures about many keys say of one, at a moment. */
export interface Standing {
  readonly status: Status;
  /** Neither revoked, expired nor rotated: good, or good again once it is enabled. */
  readonly isLive: boolean;
  readonly isInGrace: boolean;
  readonly isExpiring: boolean;
}

const ended: readonly Status[] = ["revoked", "expired", "rotated"];

export const standingOf = (key: Lifecycle, now: number): Standing => {
  const status = statusOf(key, now);
  const isLive = !ended.includes(status);
  const isExpiring = isLive && key.expiresAt !== null && now > key.expiresAt - expiringMs;
  return { status, isLive, isInGrace: isInGrace(key, now), isExpiring };
};

export interface KeyFigures {
  readonly keys: { readonly total: number; readonly byStatus: Readonly<Record<Status, number>> };
  readonly expiringIn7Days: number;
  readonly inGrace: number;
  readonly unusedFor30Days: number;
}

const byStatus = (count: (status: Status) => number): Record<Status, number> =>
  Object.fromEntries(statuses.toReversed().map((status) => [status, count(status)])) as Record<Status, number>;

/** Figures as something counted them that knows each number by a name of its own. */
export const figuresBy = (
  total: number,
  count: (counted: `status:${Status}` | "expiring" | "inGrace" | "unused") => number,
): KeyFigures => ({
  keys: { total, byStatus: byStatus((status) => count(`status:${status}`)) },
  expiringIn7Days: count("expiring"),
  inGrace: count("inGrace"),
  unusedFor30Days: count("unused"),
});

/** What a key adds to the figures; `seenAt` is its last use, or where there is none its creation. */
export const figuresOfOne = (key: Lifecycle, seenAt: number, now: number): KeyFigures => {
  const { status, isLive, ...standing } = standingOf(key, now);
  const counted: Readonly<Record<string, boolean>> = {
    [`status:${status}`]: true,
    expiring: standing.isExpiring,
    inGrace: standing.isInGrace,
    unused: isLive && dayOf(seenAt) <= unusedSinceDay(now),
  };
  return figuresBy(1, (name) => (counted[name] ? 1 : 0));
};

export const sumFigures = (parts: readonly KeyFigures[]): KeyFigures => {
  const sum = (numberOf: (part: KeyFigures) => number): number =>
    parts.reduce((total, part) => total + numberOf(part), 0);
  return {
    keys: {
      total: sum(({ keys }) => keys.total),
      byStatus: byStatus((status) => sum(({ keys }) => keys.byStatus[status])),
    },
    expiringIn7Days: sum((part) => part.expiringIn7Days),
    inGrace: sum((part) => part.inGrace),
    unusedFor30Days: sum((part) => part.unusedFor30Days),
  };
};
