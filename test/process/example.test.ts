import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { busyPort } from "./support/busy-port.ts";
import { cleanEnvironment } from "./support/clean-environment.ts";
import { Launch } from "./support/launch.ts";
import { ManagerClient } from "./support/manager-client.ts";
import { processesOfGroup } from "./support/processes.ts";
import { ProjectCopy } from "./support/project-copy.ts";

const anyPort = { PORT: "0", EXAMPLE_PORT: "0" };

interface Running {
  readonly project: ProjectCopy;
  readonly launch: Launch;
  readonly owner: ManagerClient;
  readonly orders: (key?: string, method?: string) => Promise<{ status: number; headers: Headers; body: unknown }>;
}

async function startExample(project = new ProjectCopy()): Promise<Running> {
  const launch = new Launch(project, anyPort, "example");
  const exampleUrl = await launch.exampleUrl();
  return {
    project,
    launch,
    owner: new ManagerClient(await launch.url(), project.adminKey()),
    orders: async (key, method = "GET") => {
      const response = await fetch(`${exampleUrl}/orders`, {
        method,
        headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      });
      return { status: response.status, headers: response.headers, body: await response.json() };
    },
  };
}

const createKey = async (owner: ManagerClient, fields: Readonly<Record<string, unknown>> = {}) => {
  const { status, body } = await owner.ask("POST", "/v1/keys", {
    ...{ name: "Shop", owner: "acct_42", prefix: "acme_live", scopes: ["orders:read"] },
    ...fields,
  });
  expect(status).toBe(201);
  return { id: String(body.id), key: String(body.key) };
};

test("lets in who holds the scope a route needs, warns while a key is being replaced, refuses it once it is revoked", async () => {
  const { launch, owner, orders } = await startExample();
  const { id, key } = await createKey(owner);

  const letIn = await orders(key);
  expect(letIn).toMatchObject({ status: 200, body: { owner: "acct_42" } });
  expect(letIn.headers.get("X-Key-Warning")).toBeNull();
  expect(await orders()).toMatchObject({ status: 401, body: { code: "missing_credential" } });
  expect(await orders(key, "POST")).toMatchObject({
    status: 403,
    body: { code: "insufficient_scope", missing: ["orders:write"] },
  });
  const writer = await createKey(owner, { scopes: ["orders:write"] });
  expect(await orders(writer.key, "POST")).toMatchObject({ status: 201, body: { owner: "acct_42" } });
  expect(await orders(writer.key)).toMatchObject({ status: 403, body: { missing: ["orders:read"] } });

  const { body: successor } = await owner.ask("POST", `/v1/keys/${id}/rotate`, { graceSeconds: 3600 });
  const warned = await orders(key);
  expect(warned.status).toBe(200);
  expect(warned.headers.get("X-Key-Warning")).toBe("rotating");
  expect(warned.headers.get("X-Key-Valid-Until")).toMatch(/^\d{4}-.*Z$/);
  const renewed = await orders(String(successor.key));
  expect(renewed.status).toBe(200);
  expect(renewed.headers.get("X-Key-Warning")).toBeNull();

  await owner.ask("POST", `/v1/keys/${id}/revoke`, { reason: "leaked" });
  expect(await orders(key)).toMatchObject({ status: 401, body: { code: "revoked", id } });

  expect(await launch.pressCtrlC()).toBe(0);
  expect(processesOfGroup(launch.group)).toEqual([]);
});

test("refuses keys of another prefix and the admin key, and every key where the manager lacks its secrets", async () => {
  const { project, launch, owner, orders } = await startExample();
  const good = await createKey(owner);
  const other = await createKey(owner, { prefix: "acme_test", scopes: ["*"] });

  expect(await orders(good.key)).toMatchObject({ status: 200 });
  expect(await orders(other.key)).toMatchObject({ status: 403, body: { code: "wrong_prefix" } });
  for (const method of ["GET", "POST"]) {
    expect(await orders(project.adminKey(), method)).toMatchObject({ status: 403, body: { code: "wrong_prefix" } });
  }

  await launch.pressCtrlC();
  project.writeSecrets("");
  const closed = await startExample(project);
  const refused = await closed.orders(good.key);
  expect(refused).toMatchObject({ status: 503, body: { code: "unavailable" } });
  expect(refused.headers.get("Retry-After")).toMatch(/^\d+$/);
});

test("is refused a busy port, and the port of the manager, before anything is started or made", async () => {
  const project = new ProjectCopy();
  const port = String(await busyPort());

  const busy = new Launch(project, { EXAMPLE_PORT: port }, "example");
  expect(await busy.exitCode).toBe(1);
  expect(busy.output).toContain(`Port ${port} on 127.0.0.1 is in use`);
  expect(busy.output).toContain("EXAMPLE_PORT=");

  const same = new Launch(project, { PORT: port, EXAMPLE_PORT: port }, "example");
  expect(await same.exitCode).toBe(1);
  expect(same.output).toContain(`PORT and EXAMPLE_PORT are both ${port}`);

  expect(existsSync(project.secretsPath)).toBe(false);
  expect(processesOfGroup(busy.group)).toEqual([]);
});

const hasCurl = spawnSync("curl", ["--version"]).status === 0;
if (!hasCurl)
  process.stderr.write("\n*** There is no curl on this machine, so the lines of README.md were NOT run. ***\n");

/** What the README prints, with `...` for anything, and ids and times for any of their kind. */
const asPrinted = (line: string): RegExp => {
  const escaped = line.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(" \\.\\.\\. ", ".*");
  const anyIds = escaped.replace(/key_\w{20}/g, "key_\\w{20}");
  return new RegExp(`^${anyIds.replace(/\d{4}-\d\d-\d\dT[\d:\\.]+Z/g, "\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z")}$`);
};

test.skipIf(!hasCurl)("the lines of README.md, Protect a Worker, answer what is printed there", async () => {
  const { project, launch } = await startExample();
  const section = /^## Protect a Worker$(.*?)^## /ms.exec(readFileSync(join(project.folder, "README.md"), "utf8"))?.[1];
  const lines = /^```sh\n(.*?)^```$/ms.exec(section ?? "")?.[1] ?? "";
  const printed = [...lines.matchAll(/^#> (.*)$/gm)].map(([, line]) => String(line));
  expect(printed.length).toBeGreaterThan(12);

  const run = spawnSync("bash", ["-c", lines], {
    cwd: project.folder,
    encoding: "utf8",
    env: {
      ...cleanEnvironment(),
      PORT: new URL(await launch.url()).port,
      EXAMPLE_PORT: new URL(await launch.exampleUrl()).port,
    },
  });

  expect(run.stderr).toBe("");
  const answered = run.stdout.trimEnd().split("\n");
  expect(answered).toHaveLength(printed.length);
  for (const [at, line] of printed.entries()) expect(answered[at]).toMatch(asPrinted(line));
});
