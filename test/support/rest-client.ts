import { env } from "cloudflare:workers";
import { createLatchkey, type Latchkey, type LatchkeyOptions } from "latchkey/client";
import worker from "../../src/index.ts";
import type { Bindings } from "../../src/infrastructure/bindings.ts";
import { startManager } from "./manager.ts";

const address = "http://latchkey.test";

export type Fetch = (request: Request) => Promise<Response>;

const ask: Fetch = (request) =>
  worker.fetch(request as Request<unknown, IncomingRequestCfProperties>, env as unknown as Bindings);

export interface RealClient {
  readonly latchkey: Latchkey;
  readonly adminKey: string;
  /** `METHOD /path` of everything that was sent. */
  readonly sent: string[];
  readonly requests: Request[];
}

/** The REST client against the whole Worker; `through` stands for the network in between. */
export const startClient = async (
  through: (send: Fetch) => Fetch = (send) => send,
  options: Partial<LatchkeyOptions> = {},
): Promise<RealClient> => {
  const { adminKey } = await startManager();
  const sent: string[] = [];
  const requests: Request[] = [];
  const network = through(ask);
  const fetch: Fetch = (request) => {
    sent.push(`${request.method} ${new URL(request.url).pathname}`);
    requests.push(request.clone());
    return network(request);
  };
  return { latchkey: createLatchkey({ url: address, adminKey, fetch, ...options }), adminKey, sent, requests };
};
