import { type Manager, startManager } from "./manager.ts";
import { testWorld } from "./test-world.ts";

const everyActOnKeys = ["create", "read", "update", "rotate", "revoke", "delete", "reveal", "validate"].map(
  (act) => `keys:${act}`,
);

/** What the team may see and hand out. */
export const within = { owners: ["acct_4*"], prefixes: ["acme_*"], scopes: ["orders:*", "users:read"] };
export const ofTeam = { permissions: everyActOnKeys, constraint: within };
export const managing = { permissions: ["admins:read", "admins:manage", "roles:read", "roles:manage"] };

/** A manager with the roles `managing` and `team`, and with some that give more. */
export const startWithTeam = async (): Promise<Manager> => {
  testWorld.settings = { SHARDS: "1" };
  const manager = await startManager();
  await manager.saveRole("managing", managing);
  await manager.saveRole("team", ofTeam);
  await manager.saveRole("whole-team", { ...ofTeam, constraint: { ...within, owners: ["acct_*"] } });
  await manager.saveRole("revealing", { permissions: ["keys:reveal"] });
  return manager;
};

let serial = 0;

/** A name that no other test uses. */
export const fresh = (name: string): string => {
  serial += 1;
  return `${name}-${serial}`;
};
