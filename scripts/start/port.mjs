import { createServer } from "node:net";
import { Refusal } from "./refusal.mjs";

export const loopback = "127.0.0.1";

/**
 * @param {number} port
 * @param {string} elsewhere the command that chooses another one
 * @returns {Promise<void>}
 */
export function refuseBusyPort(port, elsewhere) {
  const probe = createServer();
  return new Promise((succeed, fail) => {
    probe.on("error", (/** @type {NodeJS.ErrnoException} */ error) => {
      const reason = error.code === "EADDRINUSE" ? "is in use by another program" : `cannot be used (${error.code})`;
      fail(
        new Refusal(`Port ${port} on ${loopback} ${reason}. Stop that program, or choose another port: ${elsewhere}`),
      );
    });
    probe.listen({ port, host: loopback }, () => probe.close(() => succeed()));
  });
}
