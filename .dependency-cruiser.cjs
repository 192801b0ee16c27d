/** The layers: api -> core <- infrastructure. Only src/index.ts and the Durable Object see more than one. */
module.exports = {
  forbidden: [
    {
      name: "core-imports-only-core",
      comment: "Core knows no framework, no package and no platform; a positive rule also covers tomorrow's package.",
      severity: "error",
      from: { path: "^src/core" },
      to: { pathNot: "^src/core" },
    },
    {
      name: "api-stays-off-infrastructure",
      comment: "The API speaks to core and to what index.ts hands it.",
      severity: "error",
      from: { path: "^src/api" },
      to: { path: "^(src/infrastructure|src/index)|^cloudflare:|^node:" },
    },
    {
      name: "infrastructure-stays-off-api",
      severity: "error",
      from: { path: "^src/infrastructure" },
      to: { path: "^(src/api|src/index)" },
    },
    {
      name: "use-cases-stand-alone",
      comment: "What two use cases share belongs to the model.",
      severity: "error",
      from: { path: "^src/core/use-cases/([^/]+)\\.ts$" },
      to: { path: "^src/core/use-cases/", pathNot: "^src/core/use-cases/$1\\.ts$" },
    },
    {
      name: "client-stands-alone",
      comment: "The client package is installed without the manager and without any other package.",
      severity: "error",
      from: { path: "^client/src" },
      to: { pathNot: "^client/src" },
    },
    {
      name: "examples-use-the-client-alone",
      comment: "An example is what anybody can build: it has the client package and no way into the manager.",
      severity: "error",
      from: { path: "^examples" },
      to: { pathNot: "^(examples|latchkey/client$)" },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-orphans",
      severity: "error",
      from: { orphan: true, pathNot: "^(src/index|examples/[^/]+/src/index|client/src/(api-types|testing))\\.ts$" },
      to: {},
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { extensions: [".ts", ".js", ".mjs"], conditionNames: ["import", "types", "default"] },
  },
};
