import { beforeAll, describe, expect, it } from "vitest";
import { type Manager, startManager } from "../support/manager.ts";
import { expectProblem } from "../support/problems.ts";
import {
  credentialFor,
  everyRoute,
  freshCredential,
  keyRoutes,
  makeResources,
  protectedRoutes,
  type Resources,
  type RouteCase,
  type SendOptions,
  send,
  sendExample,
} from "../support/route-examples.ts";

let manager: Manager;
let resources: Resources;

beforeAll(async () => {
  manager = await startManager();
  resources = await makeResources(manager);
});

const optionsOf = (headers: Readonly<Record<string, string>>): SendOptions => ({
  key: null,
  headers: { "Content-Type": "application/json", ...headers },
});
const ask = (route: RouteCase, headers: Readonly<Record<string, string>>) =>
  send(manager, route, resources, optionsOf(headers));

const plain = 'Bearer realm="latchkey"';
const withError = 'Bearer realm="latchkey", error="invalid_token"';
const challengesOf = ({ takesBasic }: RouteCase, challenge: string): string =>
  takesBasic ? `${challenge}, Basic realm="latchkey"` : challenge;

describe.each(keyRoutes)("$name", (route) => {
  it("takes its credential as a bearer token or as X-API-Key, white space around it ignored", async () => {
    const ways: readonly ((key: string) => Record<string, string>)[] = [
      (key) => ({ Authorization: `Bearer ${key}` }),
      (key) => ({ Authorization: `bearer   ${key} ` }),
      (key) => ({ "X-API-Key": key }),
      (key) => ({ "X-API-Key": ` ${key} ` }),
      (key) => ({ Authorization: `Bearer ${key}`, "X-API-Key": key }),
    ];
    for (const headersWith of ways) {
      const headers = headersWith(await freshCredential(manager, route));
      const answer = await sendExample(manager, route, optionsOf(headers));
      expect(answer.status).toBe(route.example?.status);
    }
  });

  it("refuses a request without a credential, and challenges without an error", async () => {
    for (const headers of [{}, { Authorization: "" }, { "X-API-Key": " " }, { Authorization: "Bearer " }]) {
      const answer = await ask(route, headers);
      expectProblem(answer, 401, "missing_credential");
      expect(answer.headers.get("WWW-Authenticate")).toBe(challengesOf(route, plain));
    }
  });

  it("refuses a credential that is not good, and challenges with an error", async () => {
    const key = credentialFor(route, manager);
    const wrong = [
      ...["a", "null", "🔑", resources.key.key, `${key}0`, key.slice(0, -1), key.toUpperCase(), "a".repeat(10_000)],
      ...[`${key.slice(0, -1)}${key.endsWith("0") ? "1" : "0"}`, `"${key}"`, "__proto__"],
    ].map((credential) => encodeHeader(credential));
    for (const credential of wrong) {
      for (const headers of [{ Authorization: `Bearer ${credential}` }, { "X-API-Key": credential }]) {
        const answer = await ask(route, headers);
        expectProblem(answer, 401, "invalid_credential", credential.slice(0, 20));
        expect(answer.headers.get("WWW-Authenticate")).toBe(challengesOf(route, withError));
        if (credential.length > 20) expect(answer.text).not.toContain(credential.slice(0, 20));
      }
    }
  });

  it("refuses every other scheme", async () => {
    const key = credentialFor(route, manager);
    for (const Authorization of [
      key,
      ...(route.takesBasic ? ["Basic", "Basic !"] : [`Basic ${btoa(`admin:${key}`)}`]),
      `Token ${key}`,
      `Bearer${key}`,
      `Digest ${key}`,
    ]) {
      expectProblem(await ask(route, { Authorization }), 401, "invalid_credential", Authorization.slice(0, 8));
    }
  });

  it("refuses several credentials in one header", async () => {
    const key = credentialFor(route, manager);
    for (const several of [`${key}, a`, `a,${key}`, `${key}, Bearer ${resources.key.key}`]) {
      for (const headers of [{ Authorization: `Bearer ${several}` }, { "X-API-Key": several }]) {
        expectProblem(await ask(route, headers), 400, "multiple_credentials", several.slice(0, 8));
      }
    }
  });

  it("refuses two credentials that differ, even when one of them is good", async () => {
    const key = credentialFor(route, manager);
    for (const [one, other] of [
      [key, "a"],
      ["a", key],
      ["a", "b"],
      [key, resources.key.key],
    ]) {
      const answer = await ask(route, { Authorization: `Bearer ${one}`, "X-API-Key": other ?? "" });
      expectProblem(answer, 400, "multiple_credentials");
    }
  });
});

describe.each(protectedRoutes.filter(({ token }) => token !== null))("$name", (route) => {
  it("takes its token as a bearer token, white space around it ignored", async () => {
    const token = credentialFor(route, manager);
    for (const Authorization of [`Bearer ${token}`, `bearer   ${token} `]) {
      expect((await ask(route, { Authorization })).status).toBe(route.example?.status);
    }
  });

  it("refuses a request without it, and challenges without an error", async () => {
    for (const headers of [{}, { Authorization: "" }, { "X-API-Key": credentialFor(route, manager) }]) {
      const answer = await ask(route, headers);
      expectProblem(answer, 401, "missing_credential");
      expect(answer.headers.get("WWW-Authenticate")).toBe(plain);
    }
  });

  it("refuses any other token, an owner's key too, and challenges with an error", async () => {
    const token = credentialFor(route, manager);
    const others = [
      "a",
      manager.adminKey,
      resources.key.key,
      `${token}0`,
      token.slice(0, -1),
      token.toUpperCase(),
      "a".repeat(9000),
    ];
    for (const other of others) {
      const answer = await ask(route, { Authorization: `Bearer ${other}` });
      expectProblem(answer, 401, "invalid_credential", other.slice(0, 20));
      expect(answer.headers.get("WWW-Authenticate")).toBe(withError);
    }
  });
});

describe("the other routes", () => {
  it.each(everyRoute.filter(({ needsCredential }) => !needsCredential))(
    "$name asks for no credential",
    async (route) => {
      expect((await sendExample(manager, route, optionsOf({}))).status).toBe(route.example?.status);
    },
  );
});

/** Header values are bytes: this is how UTF-8 arrives in them. */
const encodeHeader = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
