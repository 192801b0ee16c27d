import {
  isGraceOver,
  isInGrace,
  type Metadata,
  type ModelKey,
  mergePatch,
  objectOfId,
  statusOf,
  timestamp,
  timestampOrNull,
  viewOf,
} from "./key.ts";
import type { Learned, Model } from "./model.ts";
import type { ModelObject } from "./object.ts";

/** What a request must be answered with. */
export interface Expected {
  readonly status: number;
  readonly code?: string;
  /** The facts of a refusal that the contract names. */
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

export interface NewKey {
  readonly name: string;
  readonly owner: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly metadata: Metadata;
  readonly enabled: boolean;
  readonly recoverable: boolean;
  readonly expiresAt: number | null;
  readonly expiresInSeconds: number | null;
}

export interface Patch {
  readonly name?: string;
  readonly owner?: string;
  readonly scopes?: readonly string[];
  readonly metadata?: Metadata | null;
  readonly expiresAt?: number | null;
  readonly enabled?: boolean;
}

export interface Revocation {
  readonly reason: string | null;
  readonly note: string | null;
  readonly lineage: boolean;
}

const invalid: Expected = { status: 400, code: "invalid_request" };
const notFound: Expected = { status: 404, code: "key_not_found" };
const conflict = (code: string, facts: Expected["facts"] = {}): Expected => ({ status: 409, code, facts });
const done = (model: Model, key: ModelKey): Expected => ({ status: 200, body: model.viewOf(key) });

export const create = (model: Model, fields: NewKey, learned: Learned | undefined): Expected => {
  const { expiresAt: at, expiresInSeconds, ...rest } = fields;
  const isPast = (object: ModelObject) => at !== null && at <= object.now(model.clock);
  const candidates = learned ? [model.objectOf(learned.id)] : [...model.objects.values()];
  for (const object of candidates) object.maySee(model.clock);
  if (candidates.some(isPast)) return invalid;
  if (!learned) return { status: 201 };

  const now = model.objectOf(learned.id).see(model.clock);
  const expiresAt = expiresInSeconds === null ? at : now + expiresInSeconds * 1000;
  const key = model.add(learned, { ...rest, expiresAt, predecessor: null, lineage: learned.id });
  model.tell("key.created", key, {
    name: { from: null, to: key.name },
    scopes: { from: null, to: key.scopes },
    expiresAt: { from: null, to: timestampOrNull(expiresAt) },
  });
  return { status: 201, body: { ...viewOf(key, now), key: learned.key } };
};

export const get = (model: Model, id: string): Expected => {
  const key = model.find(id);
  return key ? done(model, key) : notFound;
};

const whyNotRotated = (key: ModelKey, now: number): Expected | undefined => {
  const status = statusOf(key, now);
  if (status === "revoked") return conflict("key_revoked");
  if (status === "expired") return conflict("key_expired");
  if (key.successor) return conflict("already_rotated", { successor: key.successor.id });
  return status === "disabled" ? conflict("key_disabled") : undefined;
};

export const rotate = (model: Model, id: string, graceSeconds: number, learned: Learned | undefined): Expected => {
  const key = model.find(id);
  if (!key) return notFound;
  const now = model.nowOf(key);
  const refusal = whyNotRotated(key, now);
  if (refusal) return refusal;
  if (!learned) return { status: 201 };
  if (objectOfId(learned.id) !== key.object) throw new Error(`${learned.id} is not in the object of ${id}`);

  const successor = model.add(learned, { ...key, predecessor: key });
  const graceEndsAt = Math.min(now + graceSeconds * 1000, key.expiresAt ?? Number.POSITIVE_INFINITY);
  model.change(key, { successor, graceEndsAt, isGraceFinished: graceSeconds === 0 });
  model.tell("key.rotated", key, {
    successor: { from: null, to: successor.id },
    graceEndsAt: { from: null, to: timestamp(graceEndsAt) },
  });
  return { status: 201, body: { ...viewOf(successor, now), key: learned.key, replaced: viewOf(key, now) } };
};

export const finish = (model: Model, id: string): Expected => {
  const key = model.find(id);
  if (!key) return notFound;
  const now = model.nowOf(key);
  if (!isInGrace(key, now)) return conflict("not_rotating");
  const from = timestampOrNull(key.graceEndsAt);
  model.change(key, { graceEndsAt: now, isGraceFinished: true });
  model.tell("key.rotation_finished", key, { graceEndsAt: { from, to: timestamp(now) } });
  return done(model, key);
};

export const cancel = (model: Model, id: string, force: boolean): Expected => {
  const key = model.find(id);
  if (!key) return notFound;
  const { successor } = key;
  if (!successor || !isInGrace(key, model.nowOf(key))) return conflict("not_rotating");
  if (successor.successor) return conflict("successor_rotated");
  if (successor.isUsed && !successor.isDeleted && !force) return conflict("successor_in_use");

  model.change(key, { successor: null, graceEndsAt: null, isGraceFinished: false });
  model.tell("key.rotation_cancelled", key, { successor: { from: successor.id, to: null } });
  if (successor.revokedAt === null && !successor.isDeleted) model.revoke(successor, "rotation_cancelled", null);
  return done(model, key);
};

export const revoke = (model: Model, id: string, { reason, note, lineage }: Revocation): Expected => {
  const key = model.find(id);
  if (!key) return notFound;
  const isLive = key.revokedAt === null;
  const family = model.keys.filter((other) => other.lineage === key.lineage && other !== key);
  const predecessors = isLive ? model.predecessorsInGrace(key) : [];
  const others = (lineage ? family : predecessors).filter((other) => other.revokedAt === null && !other.isDeleted);
  for (const one of isLive ? [key, ...others] : others) model.revoke(one, reason, note);
  return { status: 200, body: { ...model.viewOf(key), alsoRevoked: others.map((other) => other.id).sort() } };
};

export const remove = (model: Model, id: string): Expected => {
  const key = model.find(id);
  if (!key) return notFound;
  if (!["revoked", "expired", "rotated"].includes(statusOf(key, model.nowOf(key)))) return conflict("key_still_live");
  key.isDeleted = true;
  model.tell("key.deleted", key);
  return { status: 204, body: "" };
};

export const reveal = (model: Model, id: string, reason: string): Expected => {
  const key = model.look(id);
  if (!key) return notFound;
  if (!key.recoverable) return conflict("not_recoverable");
  if (key.revokedAt !== null) return conflict("key_revoked");
  model.objectOf(id).see(model.clock);
  model.tell("key.revealed", key, undefined, { note: reason });
  return { status: 200, body: { key: key.keyString } };
};

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const patchedMetadata = (key: ModelKey, patch: Metadata | null | undefined): Metadata => {
  if (patch === null) return {};
  return patch === undefined ? key.metadata : mergePatch(key.metadata, patch);
};

const changesOf = (key: ModelKey, wanted: Patch) => {
  const shown = (field: string, value: unknown) => (field === "expiresAt" ? timestampOrNull(value as number) : value);
  const changed = Object.entries(wanted).filter(([field, to]) => !isSame(key[field as keyof Patch], to));
  return Object.fromEntries(
    changed.map(([field, to]) => [field, { from: shown(field, key[field as keyof Patch]), to: shown(field, to) }]),
  );
};

/** By the time of the object the id leads to, whether it has such a key or not. An end that is there already may be past. */
const isPastEnd = (model: Model, id: string, key: ModelKey | undefined, expiresAt: number | null): boolean => {
  const object = model.objects.get(objectOfId(id));
  return (
    expiresAt !== null && expiresAt !== key?.expiresAt && object !== undefined && expiresAt <= object.now(model.clock)
  );
};

export const patch = (model: Model, id: string, { metadata, ...fields }: Patch): Expected => {
  const key = model.find(id);
  if (isPastEnd(model, id, key, fields.expiresAt ?? null)) return invalid;
  if (!key) return notFound;
  const now = model.nowOf(key);
  const wanted = { ...fields, metadata: patchedMetadata(key, metadata) };
  const { expiresAt = key.expiresAt } = fields;
  if (JSON.stringify(wanted.metadata).length > 4096) return invalid;
  if (key.revokedAt !== null) return conflict("key_revoked");
  if (isGraceOver(key, now)) return conflict("key_rotated");

  const changes = changesOf(key, wanted);
  if (Object.keys(changes).length === 0) return done(model, key);
  const graceEndsAt = key.graceEndsAt === null ? null : Math.min(key.graceEndsAt, expiresAt ?? key.graceEndsAt);
  model.change(key, { ...wanted, graceEndsAt });
  model.tell("key.updated", key, changes);
  return done(model, key);
};
