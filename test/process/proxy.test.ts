import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { Manager } from "./support/manager.ts";

interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends what a proxy would; `fetch` lets nobody say the host. */
const send = (url: string, method: string, path: string, headers: OutgoingHttpHeaders): Promise<Reply> =>
  new Promise((resolve, fail) => {
    const sent = request(url + path, { method, headers }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, headers: response.headers, body }), fail);
    });
    sent.on("error", fail).end();
  });

async function startedManager() {
  const manager = new Manager();
  await manager.start();
  return { url: manager.url, credential: { authorization: `Bearer ${manager.project.adminKey()}` } };
}

const openSession = async (url: string, headers: OutgoingHttpHeaders) => {
  const opened = await send(url, "POST", "/v1/session", headers);
  return { ...opened, cookie: opened.headers["set-cookie"]?.[0] ?? "" };
};

test.each(["keys.example.com", "keys.example.com:8443"])(
  "behind a proxy that serves https://%s, the session cookie is the secure one and pages of that origin may act",
  async (host) => {
    const { url, credential } = await startedManager();
    const place = { host };

    const { status, cookie } = await openSession(url, { ...place, ...credential });

    expect(status).toBe(201);
    expect(cookie).toMatch(/^__Host-latchkey=[^;]+;/);
    expect(cookie).toContain("; Secure");
    const session = { ...place, cookie: cookie.split(";")[0], "sec-fetch-site": "same-origin" };
    const end = (headers: OutgoingHttpHeaders) => send(url, "DELETE", "/v1/session", { ...session, ...headers });
    for (const origin of ["https://keys.example.com:1", "https://evil.example.com", "null", url])
      expect(await end({ origin })).toMatchObject({ status: 403, body: expect.stringContaining("csrf") });
    expect(await end({ origin: `https://${host}` })).toMatchObject({ status: 204 });
  },
);

test("on a loopback address the cookie is the plain one, and pages of that address alone may act", async () => {
  const { url, credential } = await startedManager();

  const { status, cookie } = await openSession(url, credential);

  expect(status).toBe(201);
  expect(cookie).toMatch(/^latchkey=/);
  expect(cookie).not.toContain("Secure");
  const session = { cookie: cookie.split(";")[0], "sec-fetch-site": "same-origin" };
  const end = (origin: string) => send(url, "DELETE", "/v1/session", { ...session, origin });
  expect(await end(url.replace("http:", "https:"))).toMatchObject({ status: 403 });
  expect(await end(url)).toMatchObject({ status: 204 });
});
