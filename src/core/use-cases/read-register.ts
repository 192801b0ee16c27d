import type { Ports } from "../ports.ts";
import { succeed } from "../result.ts";

/** Asked by every Worker once, before it first refuses a key by its tag, and again when it meets what it does not know. */
export interface ReadRegister {
  readonly type: "read-register";
}

export const readRegister =
  ({ settings }: Ports) =>
  (_command: ReadRegister) =>
    succeed(settings.register());
