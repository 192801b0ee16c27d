import { type Lifecycle, newLife } from "./lifecycle.ts";

/** What keys of customers and of admins have in common: they are made, used, changed, replaced and revoked alike. */
export interface LivingRecord extends Lifecycle {
  readonly id: string;
  /** The id of the first of the chain; never changes. */
  readonly lineage: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly firstUsedAt: number | null;
  readonly revocationReason: string | null;
  readonly revocationNote: string | null;
  readonly version: number;
}

export interface Revocation {
  readonly reason: string | null;
  readonly note: string | null;
}

export const changed = <Kind extends LivingRecord>(
  record: Kind,
  changes: Partial<NoInfer<Kind>> | Partial<LivingRecord>,
  now: number,
): Kind => ({ ...record, ...changes, updatedAt: now, version: record.version + 1 });

export const revoke = <Kind extends LivingRecord>(record: Kind, { reason, note }: Revocation, now: number): Kind =>
  changed(record, { revokedAt: now, revocationReason: reason, revocationNote: note }, now);

/** The old one once it has a successor. Its grace never outlasts its own expiry; no grace is a fact, not a time. */
export const replaceBy = <Kind extends LivingRecord>(
  record: Kind,
  successor: string,
  graceSeconds: number,
  now: number,
): Kind => {
  const graceEndsAt = Math.min(now + graceSeconds * 1000, record.expiresAt ?? Number.MAX_SAFE_INTEGER);
  return changed(record, { successor, graceEndsAt, graceFinished: graceSeconds === 0 }, now);
};

/** The new one: everything its predecessor was but the secret, and not a millisecond more of life. */
export const succeedTo = <Kind extends LivingRecord>(record: Kind, id: string, hint: string, now: number): Kind => ({
  ...record,
  ...newLife(now),
  id,
  hint,
  enabled: true,
  predecessor: record.id,
});

/** A shortened life shortens a grace with it; a longer one never moves a grace out. */
export const update = <Kind extends LivingRecord>(record: Kind, changes: Partial<NoInfer<Kind>>, now: number): Kind => {
  const updated = changed(record, changes, now);
  const { graceEndsAt, expiresAt } = updated;
  return {
    ...updated,
    graceEndsAt: graceEndsAt === null ? null : Math.min(graceEndsAt, expiresAt ?? Number.MAX_SAFE_INTEGER),
  };
};
