import type { Fault, Key, KeyCreated, KeyList, KeyRevoked, KeyRotated } from "../api-types.ts";
import type { CreateCall, GetCall, IssuerAnswer, IssuerRefusal, ListCall, RevokeCall, RotateCall } from "../issuer.ts";
import { calls, faultsOf, issuerProps } from "./checks.ts";
import { type HeldKey, isInGrace, statusOf, viewOf } from "./held-key.ts";
import { covers, matchesAny } from "./scopes.ts";
import type { Store } from "./store.ts";

/** As in the `props` of the binding. Without roles there are no rights. */
export interface IssuerProps {
  readonly caller?: string;
  readonly roles?: readonly string[];
  readonly owners?: readonly string[];
  readonly prefixes?: readonly string[];
  readonly scopes?: readonly string[];
}

type Method = "create" | "list" | "get" | "rotate" | "revoke";

const rolesWith: Readonly<Record<Method, readonly string[]>> = {
  create: ["owner", "operator", "issuer"],
  list: ["owner", "operator", "issuer", "auditor"],
  get: ["owner", "operator", "issuer", "auditor"],
  rotate: ["owner", "operator", "issuer"],
  revoke: ["owner", "operator", "issuer"],
};
const permissions = {
  create: "keys:create",
  list: "keys:read",
  get: "keys:read",
  rotate: "keys:rotate",
  revoke: "keys:revoke",
};

const refuse = (code: string, httpStatus: number, facts: object = {}): IssuerRefusal => ({
  ...{ ok: false, code, httpStatus, detail: `refused: ${code}` },
  ...facts,
});
const invalid = (errors: readonly Fault[]) => refuse("invalid_request", 400, { errors });
const notFound = (id: string) => refuse("key_not_found", 404, { id });
const succeed = <Value>(value: Value): IssuerAnswer<Value> => ({ ok: true, value });

interface Named {
  readonly id: string;
  readonly owner?: string;
  readonly ifVersion?: number;
}

const isWithin = ({ owners, prefixes }: IssuerProps, key: HeldKey): boolean =>
  (!owners || matchesAny(owners, key.owner)) && (!prefixes || matchesAny(prefixes, key.prefix));

const mayGrant = ({ scopes: held }: IssuerProps, scopes: readonly string[]): boolean =>
  !held || scopes.every((scope) => held.some((grant) => covers(grant, scope)));

/** A key of anybody else does not exist; of a tampered one not even the owner can be believed. */
const find = (store: Store, props: IssuerProps, { id, owner }: Named): HeldKey | undefined => {
  const key = store.keys.get(id);
  if (!key || !isWithin(props, key) || (owner !== undefined && key.owner !== owner)) return undefined;
  return key.isTampered && (props.owners || props.prefixes || props.scopes || owner !== undefined) ? undefined : key;
};

const mismatch = ({ ifVersion }: Named, { version }: HeldKey): IssuerRefusal | undefined =>
  ifVersion === undefined || ifVersion === version ? undefined : refuse("version_mismatch", 412, { version });

const newLife = (now: number) => ({
  ...{ createdAt: now, updatedAt: now, predecessor: null, successor: null, graceEndsAt: null, isGraceOver: false },
  ...{ revokedAt: null, revocationReason: null, revocationNote: null, version: 1, isTampered: false },
});

const created = (store: Store, key: HeldKey): KeyCreated => ({ ...viewOf(key, store.now()), key: key.text });

export const createKey = (store: Store, props: IssuerProps, call: CreateCall): IssuerAnswer<KeyCreated> => {
  const now = store.now();
  const { name, owner, scopes = [], prefix = "lk_live", expiresAt, expiresInSeconds } = call;
  if (expiresAt !== undefined && expiresInSeconds !== undefined) {
    return invalid([{ pointer: "#/expiresInSeconds", code: "invalid", detail: "not beside expiresAt" }]);
  }
  const fixed = expiresAt === undefined ? null : Date.parse(expiresAt);
  const expiry = expiresInSeconds === undefined ? fixed : now + expiresInSeconds * 1000;
  if (expiry !== null && expiry <= now) {
    return invalid([{ pointer: "#/expiresAt", code: "in_the_past", detail: "must be in the future" }]);
  }
  const { id, text } = store.mint(prefix);
  const { metadata = {}, enabled = true, recoverable = true } = call;
  const key: HeldKey = {
    ...{ id, text, lineage: id, name, owner, prefix, scopes: [...new Set(scopes)], metadata, enabled, recoverable },
    ...{ expiresAt: expiry, ...newLife(now) },
  };
  if (!isWithin(props, key) || !mayGrant(props, key.scopes)) return refuse("exceeds_grantor", 403);
  return succeed(created(store, store.save(structuredClone(key))));
};

const get = (store: Store, props: IssuerProps, call: GetCall): IssuerAnswer<Key> => {
  const key = find(store, props, call);
  return key ? succeed(viewOf(key, store.now())) : notFound(call.id);
};

const inGraceMax = 50;

const rotationRefusal = (store: Store, key: HeldKey, now: number): IssuerRefusal | undefined => {
  const status = statusOf(key, now);
  if (status === "revoked") return refuse("key_revoked", 409);
  if (status === "expired") return refuse("key_expired", 409);
  if (key.successor !== null) return refuse("already_rotated", 409, { successor: key.successor });
  if (status === "disabled") return refuse("key_disabled", 409);
  const inGrace = [...store.keys.values()].filter((one) => one.lineage === key.lineage && isInGrace(one, now));
  return inGrace.length >= inGraceMax ? refuse("too_many_in_grace", 409) : undefined;
};

const rotate = (store: Store, props: IssuerProps, call: RotateCall): IssuerAnswer<KeyRotated> => {
  const now = store.now();
  const { graceSeconds = 86_400 } = call;
  const old = find(store, props, call);
  if (!old) return notFound(call.id);
  if (!mayGrant(props, old.scopes)) return refuse("exceeds_grantor", 403);
  const refusal =
    mismatch(call, old) ??
    (old.isTampered ? refuse("tampered", 409, { id: old.id }) : rotationRefusal(store, old, now));
  if (refusal) return refusal;
  const minted = store.mint(old.prefix);
  const successor = store.save({ ...old, ...newLife(now), ...minted, predecessor: old.id });
  const graceEndsAt = Math.min(now + graceSeconds * 1000, old.expiresAt ?? Number.MAX_SAFE_INTEGER);
  const replaced = store.change(old, { successor: successor.id, graceEndsAt, isGraceOver: graceSeconds === 0 });
  return succeed({ ...created(store, successor), replaced: viewOf(replaced, now) });
};

const revoke = (store: Store, props: IssuerProps, call: RevokeCall): IssuerAnswer<KeyRevoked> => {
  const now = store.now();
  const named = find(store, props, call);
  if (!named) return notFound(call.id);
  const refusal = mismatch(call, named);
  if (refusal) return refusal;
  const wasLive = named.revokedAt === null;
  const changes = { revokedAt: now, revocationReason: call.reason ?? null, revocationNote: call.note ?? null };
  const isMeant = (other: HeldKey) => call.lineage || (wasLive && other.id < named.id && isInGrace(other, now));
  const others = [...store.keys.values()]
    .filter((other) => other.id !== named.id && other.lineage === named.lineage && other.revokedAt === null)
    .filter(isMeant);
  if (others.some((other) => !isWithin(props, other))) return refuse("forbidden", 403, { permission: "keys:revoke" });
  for (const other of others) store.change(other, changes);
  const revoked = wasLive ? store.change(named, changes) : named;
  return succeed({ ...viewOf(revoked, now), alsoRevoked: others.map(({ id }) => id) });
};

const wordsOf = (text: string): string[] =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);

const list = (store: Store, props: IssuerProps, call: ListCall): IssuerAnswer<KeyList> => {
  const now = store.now();
  const { limit = 50, cursor, lineage, q } = call;
  if (cursor !== undefined && !store.keys.has(cursor)) return refuse("invalid_cursor", 400);
  const isOneOf = (wanted: string | readonly string[] | undefined, values: readonly string[]) =>
    wanted === undefined || [wanted].flat().length === 0 || [wanted].flat().some((value) => values.includes(value));
  const isFound = (key: HeldKey) =>
    q === undefined ||
    q === key.id ||
    wordsOf(q).every((word) => wordsOf(`${key.name} ${key.owner}`).some((own) => own.startsWith(word)));
  const found = [...store.keys.values()]
    .filter((key) => find(store, props, key) === key && (cursor === undefined || key.id < cursor))
    .filter((key) => isOneOf(call.owner, [key.owner]) && isOneOf(call.status, [statusOf(key, now)]))
    .filter((key) => isOneOf(call.prefix, [key.prefix]) && isOneOf(call.scope, key.scopes))
    .filter((key) => (lineage === undefined || key.lineage === lineage) && isFound(key))
    .sort((one, other) => (one.id < other.id ? 1 : -1));
  const items = found.slice(0, Number(limit)).map((key) => viewOf(key, now));
  return succeed({ items, nextCursor: found.length > items.length ? (items.at(-1)?.id ?? null) : null });
};

const methods = { create: createKey, list, get, rotate, revoke } as const;

/** The first answer again, unless the secret in it is good no more. */
const once = (store: Store, props: IssuerProps, method: Method, call: object, run: () => IssuerAnswer<object>) => {
  const { idempotencyKey, ifVersion: _version, owner: _owner, ...rest } = call as Readonly<Record<string, unknown>>;
  if (idempotencyKey === undefined || method === "list" || method === "get") return run();
  const place = `${props.caller ?? "unnamed"} ${idempotencyKey}`;
  const request = JSON.stringify([method, method === "create" ? call : rest]);
  const kept = store.kept.get(place);
  if (!kept) {
    const answer = run();
    if (answer.ok) store.kept.set(place, { request, value: answer.value });
    return answer;
  }
  if (kept.request !== request) return refuse("idempotency_mismatch", 422);
  const holder = "key" in kept.value ? store.keys.get((kept.value as KeyCreated).id) : undefined;
  return holder && holder.revokedAt !== null ? refuse("idempotency_spent", 409) : succeed(kept.value);
};

/** What `KeyIssuer` answers: rights, then the form of the call, then the act. */
export const issue = (store: Store, props: IssuerProps, method: Method, call: object): IssuerAnswer<object> => {
  const held = props.roles ?? [];
  if (faultsOf(issuerProps, props).length > 0) return refuse("forbidden", 403);
  if (!held.some((role) => rolesWith[method].includes(role))) {
    return refuse("forbidden", 403, { permission: permissions[method] });
  }
  const errors = faultsOf(calls[method], call);
  if (errors.length > 0) return invalid(errors);
  if (store.isDown) return refuse("storage_unavailable", 503);
  const run = () => methods[method](store, props, call as never) as IssuerAnswer<object>;
  return structuredClone(once(store, props, method, call, run));
};
