import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { until } from "./recovery.ts";

export const nginx = ["nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx"].find(
  (path) => spawnSync(path, ["-v"]).status === 0,
);

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * Sends the path as it is written: `fetch` resolves what stands in it. The length is said because Node leaves it out with
 * some methods, and the body would be read as the next request.
 */
export const send = (
  url: string,
  path: string,
  { method = "GET", headers = {}, body = "" }: { method?: string; headers?: OutgoingHttpHeaders; body?: string } = {},
): Promise<Reply> =>
  new Promise((resolve, fail) => {
    const length = body === "" ? {} : { "content-length": Buffer.byteLength(body) };
    const sent = request(url, { method, path, headers: { ...headers, ...length } }, (response) => {
      const { statusCode: status = 0, headers: answered } = response;
      text(response).then((body) => resolve({ status, headers: answered, body }), fail);
    });
    sent.on("error", fail).end(body);
  });

interface Seen {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A service that remembers what reached it. */
export class Service {
  readonly seen: Seen[] = [];
  port = 0;

  async start(): Promise<this> {
    const server = createServer(async (request, response) => {
      const { method, url: path, headers } = request;
      this.seen.push({ method, path, headers, body: await text(request) });
      response.end("from the service");
    });
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.port = (server.address() as AddressInfo).port;
    return this;
  }

  /** What reached it last; nothing is remembered any more. */
  take(): Seen | undefined {
    const last = this.seen.at(-1);
    this.seen.length = 0;
    return last;
  }
}

/** A real nginx with this inside of `http`; gives the folder its files are in to whoever writes that. */
export const startNginx = async (port: number, writeServers: (folder: string) => string): Promise<void> => {
  if (!nginx) throw new Error("there is no nginx");
  const folder = mkdtempSync(join(tmpdir(), "latchkey-nginx-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const lines = [
    ...["daemon off;", "worker_processes 1;", `pid ${folder}/pid;`, `error_log ${folder}/error.log;`],
    ...(process.getuid?.() === 0 ? ["user root;"] : []),
    ...["events { worker_connections 64; }", "http {", "access_log off;", ...paths, writeServers(folder), "}"],
  ];
  writeFileSync(join(folder, "nginx.conf"), lines.join("\n"));
  const child = spawn(nginx, ["-p", folder, "-e", join(folder, "error.log"), "-c", join(folder, "nginx.conf")], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  onTestFinished(() => ended(child));
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`);
    return send(`http://127.0.0.1:${port}`, "/").then(
      () => true,
      () => false,
    );
  });
};

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await exit;
};
