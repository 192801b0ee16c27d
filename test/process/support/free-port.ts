import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Nobody listens there now, and nobody is given it: below all that the systems give to connections and to listeners
 * that ask for any port, which may be hundreds in the seconds until it is used.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) return port;
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
