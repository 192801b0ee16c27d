import type { Ports } from "../ports.ts";
import { succeed } from "../result.ts";

export interface GetSetUp {
  readonly type: "get-set-up";
}

export const getSetUp =
  ({ settings }: Ports) =>
  (_command: GetSetUp) =>
    succeed({ done: settings.setUpAt() !== null });
