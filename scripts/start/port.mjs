import { createServer } from "node:net";
import { Refusal } from "./refusal.mjs";

export const loopback = "127.0.0.1";

/**
 * @param {number} port
 * @returns {Promise<void>}
 */
export function refuseBusyPort(port) {
  const probe = createServer();
  return new Promise((succeed, fail) => {
    probe.on("error", (/** @type {NodeJS.ErrnoException} */ error) => {
      const reason = error.code === "EADDRINUSE" ? "is in use by another program" : `cannot be used (${error.code})`;
      fail(
        new Refusal(
          `Port ${port} on ${loopback} ${reason}. Stop that program, or choose another port: PORT=8788 npm start`,
        ),
      );
    });
    probe.listen({ port, host: loopback }, () => probe.close(() => succeed()));
  });
}
