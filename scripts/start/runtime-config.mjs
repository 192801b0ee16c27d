/** The configuration that `workerd serve` reads: the production bundle, on-disk Durable Objects, no secret. */

/** Never changes: workerd derives every object's id, and so its file, from it. */
const uniqueKey = "latchkey-KeyManagerObject";

/**
 * @typedef {object} Sibling another Worker in the same process: the example, or one for benchmarks and tests
 * @property {string} name
 * @property {string} modulePath relative to the configuration file
 * @property {string} [compatibilityDate] its own; else the manager's
 * @property {string[]} bindings in the words of workerd, for example `(name = "KEYS", service = "latchkey")`
 * @property {string} [address] where it listens, if anywhere
 * @property {string} [details] more of its description in the words of workerd, for example its own objects
 */

/**
 * @param {object} facts
 * @param {string} facts.compatibilityDate
 * @param {string[]} facts.modulePaths of the manager, the entry first, relative to the configuration file
 * @param {string} facts.dataFolder absolute
 * @param {string} facts.address of the manager
 * @param {string[]} facts.settingNames workerd takes their values from its environment
 * @param {Sibling[]} [facts.siblings]
 */
export function runtimeConfig({ compatibilityDate, modulePaths, dataFolder, address, settingNames, siblings = [] }) {
  const manager = worker(compatibilityDate, modulePaths, [
    '(name = "KEY_MANAGER", durableObjectNamespace = "KeyManagerObject")',
    ...settingNames.map((name) => `(name = ${quote(name)}, fromEnvironment = ${quote(name)})`),
  ]);
  const objects = `
  durableObjectNamespaces = [ (className = "KeyManagerObject", uniqueKey = "${uniqueKey}", enableSql = true) ],
  durableObjectStorage = (localDisk = "data"),`;
  const services = [
    `(name = "data", disk = (path = ${quote(dataFolder)}, writable = true))`,
    `(name = "latchkey", worker = (${objects}${manager}))`,
    ...siblings.map((sibling) => {
      const { name, modulePath, bindings, details = "" } = sibling;
      const described = worker(sibling.compatibilityDate ?? compatibilityDate, [modulePath], bindings);
      return `(name = ${quote(name)}, worker = (${details}${described}))`;
    }),
  ];
  const sockets = [
    socket("latchkey", address),
    ...siblings.flatMap((sibling) => (sibling.address ? [socket(sibling.name, sibling.address)] : [])),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ${services.join(",\n    ")}
  ],
  sockets = [
    ${sockets.join(",\n    ")}
  ],
);
`;
}

/**
 * A service binding of wrangler.toml in the words of workerd.
 * @param {{ binding: string, service: string, entrypoint?: string, props?: unknown }} described
 */
export function serviceBinding({ binding, service, entrypoint, props }) {
  const target = [
    `name = ${quote(service)}`,
    ...(entrypoint === undefined ? [] : [`entrypoint = ${quote(entrypoint)}`]),
    ...(props === undefined ? [] : [`props = (json = ${quote(JSON.stringify(props))})`]),
  ];
  return `(name = ${quote(binding)}, service = (${target.join(", ")}))`;
}

/**
 * @param {string} compatibilityDate
 * @param {string[]} modulePaths
 * @param {string[]} bindings
 */
function worker(compatibilityDate, modulePaths, bindings) {
  return `
  compatibilityDate = ${quote(compatibilityDate)},
  modules = [ ${modulePaths.map(embeddedModule).join(", ")} ],
  bindings = [
    ${bindings.join(",\n    ")}
  ],
`;
}

/** @param {string} path */
function embeddedModule(path) {
  const kinds = /** @type {Record<string, string>} */ ({ html: "text", txt: "text", wasm: "wasm", bin: "data" });
  const kind = kinds[path.slice(path.lastIndexOf(".") + 1)] ?? "esModule";
  const name = path.slice(path.indexOf("/") + 1);
  return `(name = ${quote(name)}, ${kind} = embed ${quote(path)})`;
}

/**
 * @param {string} service
 * @param {string} address
 */
function socket(service, address) {
  return `(name = ${quote(service)}, address = ${quote(address)}, http = (), service = ${quote(service)})`;
}

/** @param {string} text */
function quote(text) {
  return `"${text.replace(/["\\]/g, "\\$&").replace(/\n/g, "\\n")}"`;
}
