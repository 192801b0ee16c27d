/** The Worker of examples/orders-api, to run beside the manager. */
import { join } from "node:path";
import { unstable_readConfig } from "wrangler";
import { projectRoot } from "../project.mjs";
import { bundleWorker } from "./bundle.mjs";
import { readPort } from "./options.mjs";
import { loopback } from "./port.mjs";
import { Refusal } from "./refusal.mjs";
import { serviceBinding } from "./runtime-config.mjs";

const configPath = join(projectRoot, "examples", "orders-api", "wrangler.toml");
/** The client package as it stands in this tree, built or not. */
const clientSource = `latchkey/client:${join(projectRoot, "client", "src", "client.ts")}`;

/**
 * @typedef {object} Example
 * @property {string} name
 * @property {number} port
 * @property {(interruption: AbortSignal) => Promise<import("./runtime-config.mjs").Sibling>} bundle
 * @property {(port: number) => void} greet is told where it listens
 */

/**
 * @param {NodeJS.ProcessEnv} environment
 * @param {import("./options.mjs").Options} options of the manager
 * @returns {Example}
 */
export function readExample(environment, { port: managerPort, state }) {
  const port = readPort("EXAMPLE_PORT", environment.EXAMPLE_PORT, managerPort && managerPort + 1);
  if (port !== 0 && port === managerPort)
    throw new Refusal(`PORT and EXAMPLE_PORT are both ${port}: the example needs a port of its own.`);
  const { name, compatibility_date: compatibilityDate, services = [] } = unstable_readConfig({ config: configPath });
  return {
    name,
    port,
    async bundle(interruption) {
      await bundleWorker(state.example, interruption, ["--config", configPath, "--alias", clientSource]);
      return {
        name,
        compatibilityDate,
        modulePath: join("example", "index.js"),
        address: `${loopback}:${port}`,
        bindings: services.map(serviceBinding),
      };
    },
    greet: (listening) =>
      console.log(
        `The example, a Worker protected by it, runs at http://${loopback}:${listening}/\n` +
          "Try this next: without a key it answers 401. README.md, Protect a Worker, goes on from there.\n\n" +
          `  curl -i http://${loopback}:${listening}/orders\n`,
      ),
  };
}
