import type { Ports } from "../ports.ts";
import { refuse, succeed } from "../result.ts";

/** Sent before the first key is made in a shard above the mark, so that no list ever misses a shard. */
export interface RecordShards {
  readonly type: "record-shards";
  readonly count: number;
}

export const recordShards =
  ({ settings }: Ports) =>
  ({ count }: RecordShards) => {
    const known = settings.shards();
    if (known && count < known.mark) return refuse({ code: "shards_lowered", mark: known.mark });
    const shards = { first: known?.first ?? count, mark: count };
    if (known?.mark !== count) settings.recordShards(shards);
    return succeed(shards);
  };
