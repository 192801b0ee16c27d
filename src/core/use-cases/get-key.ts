import type { Caller } from "../access/caller.ts";
import { isVisible } from "../access/visibility.ts";
import { viewOf } from "../api-key/key-view.ts";
import type { Ports } from "../ports.ts";
import { refuse, succeed } from "../result.ts";

export interface GetKey {
  readonly type: "get-key";
  readonly id: string;
}

export const getKey =
  ({ clock, apiKeys }: Ports) =>
  ({ id }: GetKey, caller: Caller) => {
    const stored = apiKeys.find(id);
    if (!stored || !isVisible(caller.grants, "keys:read", stored)) return refuse({ code: "key_not_found", id });
    return succeed(viewOf(stored, clock.now()));
  };
