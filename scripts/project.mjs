import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** The project's own tools come first, so that their `node` is the pinned one. */
export const toolPath = [join(projectRoot, "node_modules", ".bin"), process.env.PATH].filter(Boolean).join(":");

/** Wrangler without questions, news or telemetry: it then needs no network unless it deploys. */
export const quietWrangler = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};
