import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { type Canary, canary, type Haystack, hitsIn, needlesOf } from "./support/canaries.ts";
import { Listener } from "./support/listener.ts";
import { Manager } from "./support/manager.ts";
import { until } from "./support/recovery.ts";
import { inEveryObject, storedTexts } from "./support/stored.ts";

/** Each in another form, because any is good. */
const secrets = {
  oldEncryption: canary("base64"),
  oldHmac: canary("hex"),
  newEncryption: canary("base64url"),
  newHmac: canary("base64"),
  spareEncryption: canary("hex"),
  spareHmac: canary("base64url"),
  foreignEncryption: canary("base64"),
  foreignHmac: canary("base64"),
} as const;
/** No secret of the manager's: it is handed about freely, and has to be found. */
const control = canary("hex");
/** Stand in columns that somebody edited; one in the shape of a secret, beside a whole key of the manager's own. */
const planted = canary("base64url");

const needles = Object.entries(secrets).flatMap(([name, secret]) => needlesOf(name, secret));
const { oldEncryption, oldHmac, newEncryption, newHmac, spareEncryption, spareHmac } = secrets;
const given = (...list: readonly Canary[]): string => list.map((one) => one.given).join(",");

const setupToken = randomBytes(32).toString("hex");
const configure = ({ project }: Manager, settings: Record<string, string>): void =>
  project.writeSettings({ ...settings, SETUP_TOKEN: setupToken });

const staged = {
  ENCRYPTION_KEY: given(oldEncryption),
  HMAC_SECRET: given(oldHmac),
  ENCRYPTION_KEY_FALLBACK: given(newEncryption, spareEncryption),
  HMAC_SECRET_FALLBACK: given(newHmac, spareHmac),
};
const swapped = {
  ENCRYPTION_KEY: given(newEncryption),
  HMAC_SECRET: given(newHmac),
  ENCRYPTION_KEY_FALLBACK: given(spareEncryption, oldEncryption),
  HMAC_SECRET_FALLBACK: given(spareHmac, oldHmac),
};

/** What is wrong with the secrets, and them. */
const wrong: Readonly<Record<string, Record<string, string>>> = {
  "cut off, with a blank in it, of another length": {
    ENCRYPTION_KEY: oldEncryption.given.slice(0, 30),
    HMAC_SECRET: `${oldHmac.given.slice(0, 30)} ${oldHmac.given.slice(30)}`,
    ENCRYPTION_KEY_FALLBACK: `${newEncryption.given}xyz,${spareEncryption.given.slice(5)}`,
    HMAC_SECRET_FALLBACK: `${newHmac.given};${spareHmac.given}`,
  },
  "documents that are none": {
    ENCRYPTION_KEY: `{"primary":"${oldEncryption.given}","fallbacks":["${newEncryption.given}"`,
    HMAC_SECRET: `{"primary":"${oldHmac.given}","fallbacks":[12,{"${newHmac.given}":1}],"${spareHmac.given}":0}`,
    ENCRYPTION_KEY_FALLBACK: `["${spareEncryption.given}"]`,
  },
  "one missing, one cut off": { HMAC_SECRET: oldHmac.given.slice(1) },
  "those of another store": {
    ENCRYPTION_KEY: given(secrets.foreignEncryption),
    HMAC_SECRET: given(secrets.foreignHmac),
  },
};

/** Requests that are refused, with values in them that nobody may hear again. */
const askAmiss = async (listener: Listener, value: string, forged: string): Promise<void> => {
  const path = encodeURIComponent(value);
  await listener.ask("POST", "/v1/validate", { body: { key: value } });
  await listener.ask("POST", "/v1/validate", { body: { key: forged } });
  await listener.ask("POST", "/v1/keys", { body: { name: 12, owner: value.repeat(4), scopes: [value, 3] } });
  await listener.ask("POST", "/v1/keys", { body: `{"name":"${value}` });
  await listener.ask("GET", "/v1/keys", { key: value });
  await listener.ask("GET", "/v1/me", { key: forged });
  await listener.ask("GET", "/v1/me", { key: "", headers: { cookie: `latchkey=${value}` } });
  await listener.ask("GET", `/v1/keys/${path}`);
  await listener.ask("GET", `/v1/keys?cursor=${path}&limit=${path}`);
  await listener.ask("GET", `/v1/events?cursor=${path}`);
  await listener.ask("POST", "/v1/system/reencrypt", { body: { action: value } });
  await listener.ask("POST", "/v1/setup", { key: value });
  await listener.ask("POST", "/v1/recovery", { key: value });
  await listener.ask("DELETE", `/${path}`);
};

const askAround = async (listener: Listener): Promise<void> => {
  const paths = ["healthz", "readyz", "openapi.json", "docs", "v1/system", "v1/system/reencrypt", "v1/me", "v1/setup"];
  for (const path of [...paths, "v1/keys", "v1/admins", "v1/roles", "v1/stats", "v1/events/verify", "v1/events"]) {
    await listener.ask("GET", `/${path}`);
  }
  await listener.ask("GET", "/v1/events", { headers: { accept: "application/x-ndjson" } });
};

interface Made {
  readonly keys: readonly { readonly id: string; readonly key: string }[];
  readonly admin: { readonly id: string; readonly key: string };
}

const fill = async (listener: Listener): Promise<Made> => {
  const make = async (path: string, body: object, idempotencyKey: string) => {
    const { status, text } = await listener.ask("POST", path, { body, headers: { "idempotency-key": idempotencyKey } });
    expect(status).toBe(201);
    return JSON.parse(text);
  };
  const keys = [];
  for (let index = 0; index < 12; index += 1) {
    keys.push(
      await make("/v1/keys", { name: control.given, owner: "acct_1", recoverable: index % 2 === 0 }, `${index}`),
    );
  }
  const admin = await make("/v1/admins", { name: "An admin", roles: ["auditor"] }, "admin");
  await listener.ask("PUT", "/v1/roles/team", { body: { permissions: ["keys:read"] } });
  await listener.ask("POST", "/v1/session", { key: admin.key });
  await listener.ask("POST", `/v1/keys/${keys[0].id}/rotate`, { body: {} });
  await listener.ask("POST", `/v1/keys/${keys[1].id}/revoke`, { body: {} });
  await listener.ask("POST", `/v1/keys/${keys[2].id}/reveal`, { body: { reason: "to compare" } });
  return { keys, admin };
};

/** Puts a text into columns of records, of those too that name them. */
const plant = ({ project }: Manager, { keys, admin }: Made, texts: readonly string[]): void => {
  const [one = "", other = ""] = texts;
  const id = (index: number) => keys[index]?.id ?? "";
  const statements: readonly (readonly [string, ...string[]])[] = [
    ["UPDATE api_keys SET id = ?, name = ?, owner = ? WHERE id = ?", one, other, other, id(4)],
    ["UPDATE api_keys SET id = ?, lineage = ?, scopes = ?, metadata = ? WHERE id = ?", other, one, one, one, id(5)],
    ["UPDATE api_keys SET mac_fingerprint = ?, encryption_fingerprint = ? WHERE id = ?", one, other, id(6)],
    ["UPDATE api_keys SET envelope = CAST(? AS BLOB), verifier = CAST(? AS BLOB) WHERE id = ?", one, other, id(7)],
    ["UPDATE api_keys SET metadata = ?, revocation_note = ? WHERE id = ?", one, other, id(8)],
    ["UPDATE admins SET id = ?, name = ?, roles = ? WHERE id = ?", one, other, other, admin.id],
    ["UPDATE roles SET name = ?, description = ?, permissions = ? WHERE name = 'team'", one, other, other],
    ["UPDATE sessions SET id = ?, admin_id = ?", other, one],
    [
      "UPDATE idempotency_records SET key_digest = CAST(? AS BLOB), subject_id = ? WHERE subject_id = ?",
      one,
      other,
      id(9),
    ],
    [
      "UPDATE idempotency_records SET subject_id = ?, owner = ?, answer = CAST(? AS BLOB) WHERE subject_id = ?",
      one,
      other,
      one,
      id(10),
    ],
  ];
  inEveryObject(project, (database) =>
    database.prepare("INSERT INTO settings VALUES (?, 1, ?, ?, x'00')").run(one, other, other),
  );
  for (const [statement, ...values] of statements) {
    const changes = inEveryObject(project, (database) => Number(database.prepare(statement).run(...values).changes));
    expect(changes.reduce((sum, count) => sum + count, 0)).toBe(1);
  }
};

const plantedNeedles = (texts: readonly string[]) => texts.map((text, index) => ({ name: `planted ${index}`, text }));

test("the manager's own secrets stand in no answer, no event, no log line and no file", async () => {
  const manager = new Manager();
  const listener = new Listener();
  const comeUp = async (
    settings: Record<string, string>,
    how: "startByNpm" | "start" = "startByNpm",
  ): Promise<void> => {
    configure(manager, settings);
    await manager[how]();
    listener.url = manager.url;
  };
  await comeUp(staged);
  listener.adminKey = manager.project.adminKey();
  const made = await fill(listener);
  const forged = `${made.keys[0]?.key.slice(0, -20)}${"a".repeat(20)}`;
  await listener.ask("GET", "/healthz", { headers: { "x-request-id": control.given.slice(0, 30) } });
  for (const { given: value } of Object.values(secrets)) await askAmiss(listener, value, forged);
  await askAround(listener);
  await manager.stop();

  for (const settings of Object.values(wrong)) {
    await comeUp(settings);
    expect((await listener.ask("GET", "/readyz")).status).toBe(503);
    await listener.ask("POST", "/v1/system/reencrypt", { body: {} });
    await listener.ask("POST", "/v1/validate", { body: { key: made.keys[0]?.key } });
    await askAround(listener);
    await manager.stop();
  }

  const edited = [planted.given, made.keys[11]?.key ?? ""];
  plant(manager, made, edited);
  const heardBefore = listener.heard.length;
  const saidBefore = manager.output.length;
  await comeUp(swapped, "start");
  const progress = async () => JSON.parse((await listener.ask("GET", "/v1/system/reencrypt")).text);
  await listener.ask("POST", "/v1/system/reencrypt", { body: {} });
  await until(async () => (await progress()).state === "done");
  expect((await progress()).quarantinedCount).toBe(15);
  for (const path of ["/readyz", "/v1/system", "/v1/events/verify", "/v1/events"]) await listener.ask("GET", path);
  await listener.ask("GET", "/v1/events", { headers: { accept: "application/x-ndjson" } });
  for (const { key } of made.keys.slice(0, 10)) await listener.ask("POST", "/v1/validate", { body: { key } });
  const again = { name: control.given, owner: "acct_1", recoverable: true };
  expect((await listener.ask("POST", "/v1/keys", { body: again, headers: { "idempotency-key": "10" } })).status).toBe(
    500,
  );
  await manager.stop();
  const sinceEdited: Haystack[] = [
    ...listener.heard.slice(heardBefore),
    { where: "the output", text: manager.output.slice(saidBefore) },
  ];
  expect(hitsIn(sinceEdited, plantedNeedles(edited))).toEqual([]);

  await comeUp({ ENCRYPTION_KEY: given(newEncryption), HMAC_SECRET: given(newHmac) }, "start");
  for (const { key } of made.keys) await listener.ask("POST", "/v1/validate", { body: { key } });
  await askAround(listener);
  await manager.stop();

  const everything: Haystack[] = [
    ...listener.heard,
    { where: "the output", text: manager.output },
    ...storedTexts(manager.project).map(({ path, text }) => ({ where: path, text })),
  ];
  expect(hitsIn(everything, needles)).toEqual([]);

  const found = hitsIn(everything, needlesOf("control", control)).join("\n");
  expect(found).toContain("the output");
  expect(found).toContain("GET /v1/events answers 200");
  expect(found).toContain(".sqlite");
  for (const needle of needles) expect(hitsIn([{ where: "here", text: `<${needle.text}>` }], [needle])).toHaveLength(1);
});
