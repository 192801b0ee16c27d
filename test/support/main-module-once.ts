interface ModuleRunner {
  import(specifier: string): Promise<unknown>;
}

const { moduleRunner } = (
  globalThis as unknown as { readonly __vitest_mocker__: { readonly moduleRunner: ModuleRunner } }
).__vitest_mocker__;
const importAnew = moduleRunner.import.bind(moduleRunner);
const mainModules = new Map<string, unknown>();

/**
 * The integration asks Node where the Worker's main module lies before every single call of an object: a quarter of the time that the
 * tests take. It does not move while they run, so it is asked once.
 */
moduleRunner.import = async (specifier) => {
  if (!specifier.endsWith("/test/support/worker.ts")) return importAnew(specifier);
  if (!mainModules.has(specifier)) mainModules.set(specifier, await importAnew(specifier));
  return mainModules.get(specifier);
};
