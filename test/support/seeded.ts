import type { Clients } from "./clients.ts";
import type { KnownKey } from "./known-keys.ts";
import { objectOf } from "./manager.ts";

const atOnce = 50;

const seedKey = async (clients: Clients, index: number): Promise<void> => {
  const fate = index % 20;
  const known = await clients.make({ recoverable: index % 4 !== 0, enabled: fate !== 3 }, fate % 5 === 0);
  if (!known) return;
  if (fate === 1) await clients.replace(known, 3600);
  if (fate === 2) await clients.replace(known, 0);
  if (fate === 3) known.verdict = "disabled";
  if (fate === 4) await clients.end(known);
};

/** Keys of every kind and fate, and admins with a role and sessions of their own. */
export const seed = async (clients: Clients, count: number, members = 1): Promise<void> => {
  await clients.workers[0]?.saveRole("reader", { permissions: ["keys:read"] });
  const joined = Promise.all(Array.from({ length: members }, () => clients.addMember()));
  for (let made = 0; made < count; made += atOnce) {
    const batch = Math.min(atOnce, count - made);
    await Promise.all(Array.from({ length: batch }, (_, index) => seedKey(clients, made + index)));
  }
  await joined;
};

/** Until each of these shards holds so many keys that can be revealed. */
export const seedShards = async (clients: Clients, shards: readonly string[], count: number): Promise<void> => {
  const keysIn = (shard: string) =>
    clients.keys.all.filter(({ id, recoverable }) => recoverable && objectOf(id) === shard);
  for (const shard of shards) while (keysIn(shard).length < count) await clients.make({}, false);
};

const checkLineage = async (clients: Clients, keys: readonly KnownKey[]): Promise<void> => {
  for (const known of keys) {
    await clients.validate(known);
    if (known.recoverable) await clients.reveal(known);
    if (known.made) await clients.replay(known);
  }
};

/** Every key, admin, session and kept answer: none is skipped. */
export const checkAll = async (clients: Clients): Promise<void> => {
  const lineages = [...Map.groupBy(clients.keys.all, ({ lineage }) => lineage).values()];
  for (let first = 0; first < lineages.length; first += atOnce) {
    await Promise.all(lineages.slice(first, first + atOnce).map((keys) => checkLineage(clients, keys)));
  }
  await Promise.all([clients.list(), ...clients.members.map((member) => clients.checkMember(member))]);
};
