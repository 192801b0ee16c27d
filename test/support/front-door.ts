import { env } from "cloudflare:workers";
import type { Bindings, KeyManagerObjects } from "../../src/infrastructure/bindings.ts";
import { Deployment } from "../../src/infrastructure/deployment.ts";
import type { FrontDoor } from "../../src/infrastructure/front-door.ts";
import type { Call } from "./manager.ts";

/** A fresh isolate's front door, whose clock stands still, and the calls its objects get. */
export const frontDoorOf = async (): Promise<{ readonly frontDoor: FrontDoor; readonly calls: Call[] }> => {
  const calls: Call[] = [];
  const bindings = env as unknown as Bindings;
  const counted: KeyManagerObjects = {
    getByName: (name) => ({
      execute: (command, caller) => {
        calls.push({ object: name, type: command.type });
        return bindings.KEY_MANAGER.getByName(name).execute(command, caller);
      },
    }),
  };
  const configured = await new Deployment({ ...bindings, KEY_MANAGER: counted }, () => 0).configured();
  if (!configured) throw new Error("the tests have no secrets");
  return { frontDoor: configured.frontDoor, calls };
};
