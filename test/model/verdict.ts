import { isInGrace, type ModelKey, statusOf, timestamp, timestampOrNull, validUntil } from "./key.ts";

export interface Needs {
  readonly scopes: readonly string[];
  readonly anyScope: readonly string[];
}

export type ModelVerdict = { readonly valid: boolean; readonly code: string } & { readonly [fact: string]: unknown };

export const refused = (code: string, httpStatus: number, facts: object = {}): ModelVerdict => ({
  valid: false,
  code,
  httpStatus,
  ...facts,
});

/** An inner `*` is exactly one segment, a last one is one or more. */
const grants = (grant: string, needed: string): boolean => {
  const pattern = grant
    .split(":")
    .map((part, index, parts) => {
      if (part !== "*") return part.replaceAll(".", "\\.");
      return index === parts.length - 1 ? ".+" : "[^:]+";
    })
    .join(":");
  return new RegExp(`^${pattern}$`).test(needed);
};

const missingOf = (key: ModelKey, { scopes, anyScope }: Needs): string[] => {
  const isGranted = (needed: string) => key.scopes.some((grant) => grants(grant, needed));
  const hasOne = anyScope.length === 0 || anyScope.some(isGranted);
  return [...scopes.filter((needed) => !isGranted(needed)), ...(hasOne ? [] : anyScope)];
};

/** Of a key whose secret has matched. */
export const verdictOf = (key: ModelKey, needs: Needs, now: number): ModelVerdict => {
  const { id, lineage } = key;
  const status = statusOf(key, now);
  if (status === "revoked") return refused(status, 401, { id, lineage, revokedAt: timestampOrNull(key.revokedAt) });
  if (status === "expired") return refused(status, 401, { id, lineage, expiresAt: timestampOrNull(key.expiresAt) });
  const graceEndsAt = timestampOrNull(key.graceEndsAt);
  const successor = key.successor?.id ?? null;
  if (status === "rotated") return refused(status, 401, { id, lineage, graceEndsAt, successor });
  if (status === "disabled") return refused(status, 401, { id, lineage });

  const missing = missingOf(key, needs);
  if (missing.length > 0) return refused("insufficient_scope", 403, { id, lineage, missing });
  const { owner, name, prefix, scopes, metadata } = key;
  const until = validUntil(key);
  return {
    valid: true,
    code: "valid",
    id,
    lineage,
    owner,
    name,
    prefix,
    scopes,
    metadata,
    expiresAt: timestampOrNull(key.expiresAt),
    validUntil: until === null ? null : timestamp(until),
    warnings: isInGrace(key, now) ? [{ code: "rotating", successor, graceEndsAt }] : [],
  };
};
