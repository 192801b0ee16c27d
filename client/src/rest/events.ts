import type { Chain, Event, ListEventsQuery, Verification } from "../api-types.ts";
import { listOf } from "./list.ts";
import type { CallOptions, Send } from "./send.ts";

export const eventsOf = (send: Send) => ({
  /** Newest first. */
  list: (query: ListEventsQuery = {}, options: CallOptions = {}) => listOf<Event>(send, "/v1/events", query, options),

  /** Walks every chain to its end; a chain that is looked at in parts stands there once for each part. */
  verify: async (options: CallOptions = {}): Promise<Pick<Verification, "intact" | "chains">> => {
    const chains: Chain[] = [];
    let cursor: string | undefined;
    let intact = true;
    do {
      const call = { method: "GET", path: "/v1/events/verify", query: { cursor }, ...options } as const;
      const page = await send<Verification>(call);
      chains.push(...page.chains);
      intact &&= page.intact;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return { intact, chains };
  },
});
