import { refuse } from "../result.ts";

/** What decides whether a key, of a customer or an admin, is good at a given moment. */
export interface Lifecycle {
  readonly enabled: boolean;
  readonly expiresAt: number | null;
  readonly predecessor: string | null;
  readonly successor: string | null;
  readonly graceEndsAt: number | null;
  /** An act ended the grace, whatever the clock says. */
  readonly graceFinished: boolean;
  readonly revokedAt: number | null;
}

/** What every key starts with, of a customer or of an admin. */
export const newLife = (now: number) => ({
  createdAt: now,
  updatedAt: now,
  predecessor: null,
  successor: null,
  graceEndsAt: null,
  graceFinished: false,
  firstUsedAt: null,
  revokedAt: null,
  revocationReason: null,
  revocationNote: null,
  version: 1,
});

export type Status = "revoked" | "expired" | "rotated" | "disabled" | "rotating" | "active";

export const statuses: readonly Status[] = ["revoked", "expired", "rotated", "disabled", "rotating", "active"];

const isExpired = ({ expiresAt }: Lifecycle, now: number): boolean => expiresAt !== null && now > expiresAt;

const isGraceOver = ({ graceFinished, graceEndsAt }: Lifecycle, now: number): boolean =>
  graceFinished || (graceEndsAt !== null && now > graceEndsAt);

/** Replaced, and its grace is over: nothing brings it back. */
export const isRotatedOut = (key: Lifecycle, now: number): boolean => key.successor !== null && isGraceOver(key, now);

/** The first that applies. Ends are inclusive: a key is good in the very millisecond of its expiry. */
export const statusOf = (key: Lifecycle, now: number): Status => {
  if (key.revokedAt !== null) return "revoked";
  if (isExpired(key, now)) return "expired";
  if (isRotatedOut(key, now)) return "rotated";
  if (!key.enabled) return "disabled";
  return key.successor === null ? "active" : "rotating";
};

/** Why it cannot be replaced: the first that applies. */
export const rotationRefusal = (key: Lifecycle, now: number) => {
  const status = statusOf(key, now);
  if (status === "revoked") return refuse({ code: "key_revoked" });
  if (status === "expired") return refuse({ code: "key_expired" });
  if (key.successor !== null) return refuse({ code: "already_rotated", successor: key.successor });
  return status === "disabled" ? refuse({ code: "key_disabled" }) : undefined;
};

/** So many of one lineage, and a revocation that takes them all along is still one short turn. */
const inGraceMax = 50;

export const tooManyInGrace = (lineage: readonly Lifecycle[], now: number) =>
  lineage.filter((key) => isInGrace(key, now)).length >= inGraceMax ? refuse({ code: "too_many_in_grace" }) : undefined;

/** Replaced, but its secret still works, or would if the key were enabled again. */
export const isInGrace = (key: Lifecycle, now: number): boolean =>
  key.successor !== null && key.revokedAt === null && !isExpired(key, now) && !isRotatedOut(key, now);

/** The last moment at which the key is good if nobody acts: the earlier of its expiry and the end of its grace. */
export const validUntil = ({ expiresAt, graceEndsAt }: Lifecycle): number | null => {
  if (expiresAt === null || graceEndsAt === null) return expiresAt ?? graceEndsAt;
  return Math.min(expiresAt, graceEndsAt);
};
