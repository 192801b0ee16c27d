import { afterEach, describe, expect, it } from "vitest";
import type { SecretTexts } from "../../src/infrastructure/secrets/keyring-of-texts.ts";
import { anotherIsolate, forgetEverything, Manager, redeploy, startManager, tablesOf } from "../support/manager.ts";
import { newSecrets as fresh, oldSecrets as old, staged as swappedBack } from "../support/rotated-secrets.ts";

afterEach(forgetEverything);

const spare = {
  ENCRYPTION_KEY: "00112233445566778899aabbccddeeff0f1e2d3c4b5a69788796a5b4c3d2e1f0",
  HMAC_SECRET: "ffeeddccbbaa99887766554433221100a1b2c3d4e5f60718293a4b5c6d7e8f90",
};

type RingName = keyof typeof old;
const ringNames = ["ENCRYPTION_KEY", "HMAC_SECRET"] as const;

const ofBoth = (settingsOf: (name: RingName) => SecretTexts): SecretTexts => ({
  ...settingsOf("ENCRYPTION_KEY"),
  ...settingsOf("HMAC_SECRET"),
});

const document = (primary: unknown, ...fallbacks: unknown[]): string => JSON.stringify({ primary, fallbacks });

describe("a ring of secrets", () => {
  it.each<[string, (name: RingName) => SecretTexts]>([
    ["a primary and a fallback", (name) => ({ [name]: fresh[name], [`${name}_FALLBACK`]: old[name] })],
    ["several fallbacks", (name) => ({ [name]: fresh[name], [`${name}_FALLBACK`]: `${spare[name]}, ${old[name]},` })],
    ["a document", (name) => ({ [name]: document(fresh[name], spare[name], old[name]) })],
    ["a document over several lines", (name) => ({ [name]: `\n ${document(fresh[name], old[name])}\n` })],
    [
      "a document and a fallback beside it",
      (name) => ({ [name]: document(fresh[name], spare[name]), [`${name}_FALLBACK`]: old[name] }),
    ],
    [
      "a document without fallbacks, and one beside it",
      (name) => ({ [name]: JSON.stringify({ primary: fresh[name] }), [`${name}_FALLBACK`]: old[name] }),
    ],
    [
      "every secret twice",
      (name) => ({
        [name]: document(fresh[name], fresh[name], old[name], old[name]),
        [`${name}_FALLBACK`]: `${old[name]},${fresh[name]}`,
      }),
    ],
    [
      "one secret in two ways of writing it",
      (name) => ({ [name]: fresh[name], [`${name}_FALLBACK`]: `${old[name].replace("=", "")},${old[name]}` }),
    ],
  ])("given as %s keeps old keys good and protects new ones", async (_form, settingsOf) => {
    const manager = await startManager();
    const before = await manager.createKey();
    const settings = ofBoth(settingsOf);
    await redeploy(settings);
    const after = anotherIsolate(manager);
    const made = await after.createKey();
    for (const { key } of [before, made]) expect(await after.validate(key)).toMatchObject({ valid: true });
    expect((await after.request("/readyz")).status).toBe(200);

    await redeploy(swappedBack);
    const back = anotherIsolate(manager);
    for (const { key } of [before, made]) expect(await back.validate(key)).toMatchObject({ valid: true });
  });

  it("given as a document without fallbacks is the bare secret", async () => {
    const manager = await startManager();
    const { key } = await manager.createKey();
    await redeploy(ofBoth((name) => ({ [name]: JSON.stringify({ primary: old[name] }) })));
    expect(await anotherIsolate(manager).validate(key)).toMatchObject({ valid: true });
  });
});

const canary = "CANARYcanary7";

describe("a document that is none", () => {
  it.each<[string, (name: RingName) => SecretTexts, string, string]>([
    ["no JSON", (name) => ({ [name]: `{"primary": ${canary}}` }), "", "is not valid JSON"],
    ["cut off", (name) => ({ [name]: `{"primary":"${canary}` }), "", "is not valid JSON"],
    [
      "with another member",
      (name) => ({ [name]: JSON.stringify({ primary: fresh[name], [canary]: canary }) }),
      "",
      "`primary` and `fallbacks` and no other",
    ],
    [
      "with a prototype",
      (name) => ({ [name]: `{"primary":"${fresh[name]}","__proto__":{"fallbacks":["${canary}"]}}` }),
      "",
      "`primary` and `fallbacks` and no other",
    ],
    ["without a primary", (name) => ({ [name]: `{"fallbacks":["${canary}"]}` }), "", "a text as `primary`"],
    ["with a number as primary", (name) => ({ [name]: '{"primary":7070707070707070}' }), "", "a text as `primary`"],
    ["with a list as primary", (name) => ({ [name]: document([canary]) }), "", "a text as `primary`"],
    [
      "with a text as fallbacks",
      (name) => ({ [name]: JSON.stringify({ primary: fresh[name], fallbacks: canary }) }),
      "",
      "a list of texts as `fallbacks`",
    ],
    [
      "with null as fallbacks",
      (name) => ({ [name]: JSON.stringify({ primary: fresh[name], fallbacks: null }) }),
      "",
      "a list of texts as `fallbacks`",
    ],
    [
      "with a document as fallback",
      (name) => ({ [name]: document(fresh[name], { primary: canary }) }),
      "",
      "a list of texts as `fallbacks`",
    ],
    ["with a passphrase as primary", (name) => ({ [name]: document(canary) }), "", "must be 32 random bytes"],
    ["with an empty primary", (name) => ({ [name]: document("") }), "", "must be 32 random bytes"],
    [
      "with a passphrase as fallback",
      (name) => ({ [name]: document(fresh[name], canary) }),
      "",
      "must be 32 random bytes",
    ],
    [
      "with two secrets in one text",
      (name) => ({ [name]: document(`${fresh[name]},${old[name]}`) }),
      "",
      "must be 32 random bytes",
    ],
    ["a list", (name) => ({ [name]: JSON.stringify([canary]) }), "", "must be 32 random bytes"],
    [
      "in the place of a fallback",
      (name) => ({ [name]: fresh[name], [`${name}_FALLBACK`]: document(canary) }),
      "_FALLBACK",
      "a document belongs into",
    ],
    [
      "among fallbacks",
      (name) => ({ [name]: fresh[name], [`${name}_FALLBACK`]: `${old[name]},{"primary":"${canary}"}` }),
      "_FALLBACK",
      "a document belongs into",
    ],
  ])("(%s) is named by its setting, and no word of it is repeated", async (_what, settingsOf, suffix, detail) => {
    for (const name of ringNames) {
      const settings = settingsOf(name);
      await redeploy(settings);
      // Both the Worker and the objects have it; then the objects alone.
      for (const manager of [new Manager(settings), new Manager({})]) {
        const readiness = await manager.request("/readyz");
        expect(readiness.body.problems).toEqual([
          { name: `${name}${suffix}`, detail: expect.stringContaining(detail) },
        ]);
        const answers = [
          readiness,
          await manager.request("/"),
          await manager.request("/v1/me", { key: "lk_admin_x" }),
          await manager.request("/v1/setup", { key: "the-setup-token-of-the-tests", json: {} }),
        ];
        expect(answers.map(({ status }) => status)).toEqual([503, 200, 503, 503]);
        const given = Object.values(settings).flatMap((text) => text.match(/[\w+/=]{10,}/g) ?? []);
        for (const { text, headers } of answers) {
          // Its id is random, and may hold anything that looks like hex.
          const told = text.replace(headers.get("X-Request-Id") ?? "", "");
          for (const part of [canary, "7070", ...given]) expect(told).not.toContain(part);
        }
      }
    }
    expect(await tablesOf("admin")).toEqual([]);
  });
});

describe("one secret in both rings", () => {
  const both = old.ENCRYPTION_KEY;
  it.each<[string, SecretTexts, string, string]>([
    ["as both primaries", { ENCRYPTION_KEY: both, HMAC_SECRET: both }, "HMAC_SECRET", "ENCRYPTION_KEY"],
    [
      "as primary of one and fallback of the other",
      { ENCRYPTION_KEY: both, HMAC_SECRET_FALLBACK: both },
      "HMAC_SECRET_FALLBACK",
      "ENCRYPTION_KEY",
    ],
    [
      "as fallback of both",
      { ...fresh, ENCRYPTION_KEY_FALLBACK: both, HMAC_SECRET_FALLBACK: both },
      "HMAC_SECRET_FALLBACK",
      "ENCRYPTION_KEY_FALLBACK",
    ],
    [
      "in a document, and written in another way",
      { ENCRYPTION_KEY: document(fresh.ENCRYPTION_KEY, both), HMAC_SECRET: both.replace("=", "") },
      "HMAC_SECRET",
      "ENCRYPTION_KEY",
    ],
  ])("(%s) is refused, because one leak would be two", async (_how, settings, name, other) => {
    await redeploy(settings);
    const manager = new Manager(settings);
    const readiness = await manager.request("/readyz");
    expect(readiness.body.problems).toEqual([{ name, detail: expect.stringContaining(`that ${other} holds too`) }]);
    expect(readiness.text).not.toContain(both.slice(0, 43));
    expect((await manager.request("/v1/me")).body).toMatchObject({ code: "not_configured", settings: [name] });
  });
});
