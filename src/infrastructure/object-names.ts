import type { Caller } from "../core/access/caller.ts";

export const adminObjectName = "admin";

/** `shard-00`, `shard-01`, ...: two digits at least. */
export const shardName = (shard: number): string => `shard-${String(shard).padStart(2, "0")}`;

/** The shard an object's name stands for, or `admin`. */
export const homeOfName = (object: string): number | "admin" =>
  object === adminObjectName ? "admin" : Number(object.replace("shard-", ""));

/** The manager itself, where one of its parts asks another. */
export const systemCaller: Caller = {
  actor: { kind: "system" },
  grants: [],
  requestId: "system",
  ip: null,
  idempotencyKey: null,
};
