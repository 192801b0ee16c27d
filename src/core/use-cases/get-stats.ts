import type { Caller } from "../access/caller.ts";
import { holdsUnconstrained, maySee } from "../access/decide.ts";
import type { Grant } from "../access/permissions.ts";
import { isVisible } from "../access/visibility.ts";
import type { StoredApiKey } from "../api-key/api-key.ts";
import { anyKey } from "../api-key/key-search.ts";
import { dayOf, figuresOfOne, sumFigures } from "../api-key/standing.ts";
import type { Ports } from "../ports.ts";
import { succeed } from "../result.ts";
import type { Statistics } from "../statistics.ts";
import { type RecentValidations, recentMs, recentOf, sumRecent } from "../validation-counts.ts";

/** Figures about the keys the caller may see: all of this object, from counters, or by a bounded walk. */
export interface GetStats {
  readonly type: "get-stats";
}

const ofAllKeys = ({ clock, validations, keyTally }: Ports): Statistics => {
  const now = clock.now();
  const { figures, complete } = keyTally.figures();
  return { ...figures, validations: recentOf(validations.ofAll(now - recentMs, now + 1), now), complete };
};

const ownersMax = 20;

/** The owners whose keys are all the caller may see; none where globs or prefixes say which, or too many are named. */
const ownersNamed = (grants: readonly Grant[]): string[] => {
  const lists = grants
    .filter(({ permissions }) => permissions.includes("keys:read"))
    .map(({ constraint }) => constraint?.owners ?? ["*"]);
  const owners = [...new Set(lists.flat())];
  return owners.length <= ownersMax && !owners.some((owner) => owner.includes("*")) ? owners : [];
};

/** Each costs a signature and two reads, in one turn: some 80 ms for all of them. */
const examinedMax = ({ limits }: Ports): number => Math.min(1000, limits.examinedRowsMax);

const walk = (ports: Ports, { grants }: Caller) => {
  const { apiKeys } = ports;
  const visible: StoredApiKey[] = [];
  let examined = 0;
  for (const stored of apiKeys.newestFirst({ ...anyKey, owners: ownersNamed(grants) }, null)) {
    if (examined === examinedMax(ports)) return { visible, complete: false };
    examined += 1;
    const mayBeVisible = maySee(grants, "keys:read", stored.key);
    if (mayBeVisible && isVisible(grants, "keys:read", stored)) visible.push(stored);
  }
  return { visible, complete: true };
};

const validationsOf = (ports: Ports, keys: readonly StoredApiKey[], now: number) => {
  const parts: RecentValidations[] = [];
  let examined = 0;
  for (const { key } of keys) {
    if (examined >= examinedMax(ports)) return { recent: sumRecent(parts), complete: false };
    const hours = ports.validations.ofKey(key.id, now - recentMs, now + 1);
    examined += Math.max(1, new Set(hours.map(({ hour }) => dayOf(hour))).size);
    parts.push(recentOf(hours, now));
  }
  return { recent: sumRecent(parts), complete: true };
};

const ofVisibleKeys = (ports: Ports, caller: Caller): Statistics => {
  const now = ports.clock.now();
  const { visible, complete } = walk(ports, caller);
  const validations = validationsOf(ports, visible, now);
  return {
    ...sumFigures(visible.map(({ key, lastUsedAt }) => figuresOfOne(key, lastUsedAt ?? key.createdAt, now))),
    validations: validations.recent,
    complete: complete && validations.complete,
  };
};

export const getStats = (ports: Ports) => (_command: GetStats, caller: Caller) =>
  succeed(holdsUnconstrained(caller.grants, "keys:read") ? ofAllKeys(ports) : ofVisibleKeys(ports, caller));
