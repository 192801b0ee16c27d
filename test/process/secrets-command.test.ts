import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { expect, test } from "vitest";
import vectors from "../vectors/storage.json" with { type: "json" };
import { ProjectCopy } from "./support/project-copy.ts";
import { managerThatAnswers, SecretsCommand } from "./support/secrets-command.ts";

const [encryptionKey] = vectors.encryption_keys;
const [hmacSecret, olderHmacSecret] = vectors.hmac_secrets;
if (!encryptionKey || !hmacSecret || !olderHmacSecret) throw new Error("the vectors lack secrets");

/** Three secrets with known fingerprints, in three notations; one more than the Worker's own. */
const knownFile = [
  `ENCRYPTION_KEY="${Buffer.from(encryptionKey.secret, "hex").toString("base64")}"`,
  `HMAC_SECRET=${hmacSecret.secret}`,
  `HMAC_SECRET_FALLBACK='${Buffer.from(olderHmacSecret.secret, "hex").toString("base64url")}'`,
  'SETUP_TOKEN="kept as it is"',
  "",
].join("\n");
const knownLines = [
  `ENCRYPTION_KEY  primary   encryption  ${encryptionKey.fingerprint}`,
  `HMAC_SECRET     primary   hmac        ${hmacSecret.fingerprint}  epoch ${hmacSecret.epoch}`,
  `HMAC_SECRET     fallback  hmac        ${olderHmacSecret.fingerprint}  epoch ${olderHmacSecret.epoch}`,
];

const fingerprintsIn = (output: string, standing: string): string[] =>
  [...output.matchAll(new RegExp(`${standing} +(?:encryption|hmac) +([0-9a-f]{16})`, "g"))].map(
    ([, found]) => `${found}`,
  );

test("generate keeps new secrets in a file of their owner alone, which the Worker would take", async () => {
  const command = new SecretsCommand(new ProjectCopy());

  const made = await command.runByNpm("generate");

  expect(made.exitCode, made.output).toBe(0);
  expect((statSync(join(command.folder, "new-secrets.env")).mode & 0o777).toString(8)).toBe("600");
  const { ENCRYPTION_KEY = "", HMAC_SECRET = "" } = parseEnv(command.read("new-secrets.env"));
  for (const secret of [ENCRYPTION_KEY, HMAC_SECRET]) expect(Buffer.from(secret, "base64")).toHaveLength(32);
  expect(ENCRYPTION_KEY).not.toBe(HMAC_SECRET);
  expect(await command.run("check", "--file", "new-secrets.env")).toMatchObject({ exitCode: 0 });
  const told = await command.run("fingerprint", "--file", "new-secrets.env");
  expect(told.output.trim().split("\n")).toHaveLength(2);
  expect(made.output).toContain(told.output);
});

test("generate makes those that are named, and none over a file that is there", async () => {
  const command = new SecretsCommand();

  const made = await command.run("generate", "HMAC_SECRET", "--out", "one-secrets.json");
  const before = command.read("one-secrets.json");
  const again = await command.run("generate", "--out", "one-secrets.json");

  expect(made.exitCode, made.output).toBe(0);
  expect(Object.keys(JSON.parse(before))).toEqual(["HMAC_SECRET"]);
  expect(made.output).toMatch(/^HMAC_SECRET +primary +hmac +[0-9a-f]{16} {2}epoch [0-9A-Za-z]\n/);
  expect(again).toMatchObject({ exitCode: 1, output: expect.stringContaining("is there already") });
  expect(command.read("one-secrets.json")).toBe(before);
});

test("no secret is made where git would take it into a commit", async () => {
  const command = new SecretsCommand(new ProjectCopy());
  execFileSync("git", ["init", "--quiet"], { cwd: command.folder });
  copyFileSync(join(import.meta.dirname, "..", "..", ".gitignore"), join(command.folder, ".gitignore"));

  const refused = await command.run("generate", "--out", "src/keys.txt");

  expect(refused).toMatchObject({ exitCode: 1, output: expect.stringContaining("git would take") });
  expect(existsSync(join(command.folder, "src", "keys.txt"))).toBe(false);
  expect(await command.run("generate")).toMatchObject({ exitCode: 0 });
});

test("fingerprint tells name, standing, kind, fingerprint and epoch of each secret, from lines and from JSON", async () => {
  const command = new SecretsCommand(new ProjectCopy());
  command.write(".dev.vars", knownFile);
  command.write("known-secrets.json", JSON.stringify(parseEnv(knownFile)));

  const told = await command.run("fingerprint");
  const toldOfJson = await command.run("fingerprint", "--file", "known-secrets.json");

  expect(told).toEqual({ exitCode: 0, output: `${knownLines.join("\n")}\n` });
  expect(toldOfJson).toEqual(told);
  chmodSync(join(command.folder, ".dev.vars"), 0o644);
  expect((await command.run("fingerprint")).output).toMatch(/Others can read .*chmod 600/);
});

test("stage, swap and retire turn the file of one step of a rotation into that of the next", async () => {
  const command = new SecretsCommand(new ProjectCopy());
  command.write("known-secrets.env", knownFile);

  const staged = await command.run("stage", "ENCRYPTION_KEY", "--file", "known-secrets.env");
  const swapped = await command.run("swap", "ENCRYPTION_KEY", "--file", "staged-secrets.env");
  const old = encryptionKey.fingerprint;
  const retired = await command.run("retire", old, "--file", "swapped-secrets.env");
  const inJson = await command.run("retire", old, "--file", "swapped-secrets.env", "--out", "retired-secrets.json");

  const [fresh = ""] = fingerprintsIn(staged.output, "ENCRYPTION_KEY +fallback");
  expect(fingerprintsIn(staged.output, "ENCRYPTION_KEY +primary")).toEqual([old]);
  expect(fingerprintsIn(swapped.output, "ENCRYPTION_KEY +primary")).toEqual([fresh]);
  expect(fingerprintsIn(swapped.output, "ENCRYPTION_KEY +fallback")).toEqual([old]);
  expect(fingerprintsIn(retired.output, "ENCRYPTION_KEY +primary")).toEqual([fresh]);
  expect(fingerprintsIn(retired.output, "ENCRYPTION_KEY +fallback")).toEqual([]);
  for (const { output } of [staged, swapped, retired])
    for (const line of knownLines.slice(1)) expect(output).toContain(line);
  expect(retired.output).toContain("npx wrangler secret delete ENCRYPTION_KEY_FALLBACK");
  expect(inJson.output).not.toContain("wrangler secret delete");
  const { ENCRYPTION_KEY_FALLBACK: _, ...kept } = parseEnv(command.read("swapped-secrets.env"));
  expect(parseEnv(command.read("retired-secrets.env"))).toEqual(kept);
  expect(JSON.parse(command.read("retired-secrets.json"))).toEqual({ ...kept, ENCRYPTION_KEY_FALLBACK: null });
  expect(command.read("known-secrets.env")).toBe(knownFile);
});

test("a ring that is staged as a document stays one, and takes the fallbacks that stood apart along", async () => {
  const command = new SecretsCommand();
  command.write("known-secrets.json", JSON.stringify(parseEnv(knownFile)));
  const documentIn = (name: string) => JSON.parse(parseEnv(command.read(name)).HMAC_SECRET ?? "");
  const words = (from: string, to: string) => ["--file", `${from}-secrets.env`, "--out", `${to}-secrets.env`];

  const inJson = await command.run(
    "stage",
    "HMAC_SECRET",
    "--document",
    "--file",
    "known-secrets.json",
    "--out",
    "staged-secrets.json",
  );
  const staged = await command.run(
    "stage",
    "HMAC_SECRET",
    "--file",
    "staged-secrets.json",
    "--out",
    "staged-secrets.env",
  );
  const swapped = await command.run("swap", "HMAC_SECRET", ...words("staged", "swapped"));
  const retired = await command.run("retire", hmacSecret.fingerprint, ...words("swapped", "retired"));

  expect(JSON.parse(command.read("staged-secrets.json")).HMAC_SECRET_FALLBACK).toBeNull();
  expect(fingerprintsIn(inJson.output, "HMAC_SECRET +fallback").at(-1)).toBe(olderHmacSecret.fingerprint);
  expect(staged.output).toContain("npx wrangler secret delete HMAC_SECRET_FALLBACK");
  const [newest, ...older] = fingerprintsIn(staged.output, "HMAC_SECRET +fallback");
  expect(fingerprintsIn(swapped.output, "HMAC_SECRET +primary")).toEqual([newest]);
  expect(fingerprintsIn(swapped.output, "HMAC_SECRET +fallback")).toEqual([hmacSecret.fingerprint, ...older]);
  expect(fingerprintsIn(retired.output, "HMAC_SECRET +fallback")).toEqual(older);
  expect(documentIn("retired-secrets.env")).toEqual({
    primary: documentIn("swapped-secrets.env").primary,
    fallbacks: documentIn("swapped-secrets.env").fallbacks.slice(1),
  });
});

test("swapping twice is not at all", async () => {
  const command = new SecretsCommand();
  command.write("known-secrets.env", knownFile);

  await command.run("swap", "HMAC_SECRET", "--file", "known-secrets.env", "--out", "swapped-secrets.env");
  await command.run("swap", "HMAC_SECRET", "--file", "swapped-secrets.env", "--out", "back-secrets.env");

  expect(parseEnv(command.read("swapped-secrets.env")).HMAC_SECRET_FALLBACK).toBe(hmacSecret.secret);
  expect(parseEnv(command.read("back-secrets.env"))).toEqual(parseEnv(knownFile));
});

test("a secret that is given twice in a ring is one to every step", async () => {
  const command = new SecretsCommand();
  const inBase64 = (text: string) => Buffer.from(text, "hex").toString("base64");
  const twice = [hmacSecret.secret, olderHmacSecret.secret, inBase64(olderHmacSecret.secret)].join(",");
  command.write("twice-secrets.env", `HMAC_SECRET="${inBase64(hmacSecret.secret)}"\nHMAC_SECRET_FALLBACK="${twice}"\n`);
  const twiceAndOut = (out: string) => ["--file", "twice-secrets.env", "--out", out];

  await command.run("swap", "HMAC_SECRET", ...twiceAndOut("swapped-secrets.env"));
  await command.run("stage", "HMAC_SECRET", ...twiceAndOut("staged-secrets.env"));

  expect(parseEnv(command.read("swapped-secrets.env"))).toEqual({
    HMAC_SECRET: olderHmacSecret.secret,
    HMAC_SECRET_FALLBACK: inBase64(hmacSecret.secret),
  });
  expect(parseEnv(command.read("staged-secrets.env")).HMAC_SECRET_FALLBACK?.split(",")).toEqual([
    expect.any(String),
    olderHmacSecret.secret,
  ]);
});

test("what cannot be done to a file is refused, and no file is made", async () => {
  const command = new SecretsCommand();
  command.write("known-secrets.env", knownFile);
  const known = ["--file", "known-secrets.env", "--out", "made-secrets.env"];
  const refusals: [string[], string][] = [
    [["swap", "ENCRYPTION_KEY", ...known], "has no fallback"],
    [["retire", hmacSecret.fingerprint, ...known], "is a primary"],
    [["retire", "0123456789abcdef", ...known], "is not in"],
    [["retire", ...known], "Name at least one"],
    [["stage", "SETUP_TOKEN", ...known], "A name is ENCRYPTION_KEY or HMAC_SECRET"],
    [["stage", "HMAC_SECRET", ...known, "--file", "no-secrets.env"], "cannot be read: ENOENT"],
    [["stage", "HMAC_SECRET", ...known, "--out", join(command.folder, "none", "x")], "could not be made: ENOENT"],
  ];

  const runs = await Promise.all(refusals.map(([words]) => command.run(...words)));

  expect(runs).toEqual(refusals.map(([, reason]) => ({ exitCode: 1, output: expect.stringContaining(reason) })));
  expect(existsSync(join(command.folder, "made-secrets.env"))).toBe(false);
});

test("check names each thing that is wrong with a file, and repeats none of it", async () => {
  const command = new SecretsCommand();
  const passphrase = "correct-horse-battery-staple-correct-horse-";
  command.write("weak-secrets.env", `ENCRYPTION_KEY="${passphrase}"\nHMAC_SECRET_FALLBACK="${"ab".repeat(32)}"\n`);
  command.write("broken-secrets.json", `{"ENCRYPTION_KEY":${hmacSecret.secret}`);
  command.write("twice-secrets.env", `${knownFile}\nENCRYPTION_KEY_FALLBACK=a\n  export ENCRYPTION_KEY_FALLBACK = b\n`);
  command.write("odd-secrets.json", JSON.stringify({ ENCRYPTION_KEY: { primary: encryptionKey.secret } }));

  const weak = await command.run("check", "--file", "weak-secrets.env");

  expect(weak.exitCode).toBe(1);
  expect(weak.output).toContain("ENCRYPTION_KEY looks like a passphrase");
  expect(weak.output).toContain("HMAC_SECRET is missing");
  expect(weak.output).toContain("HMAC_SECRET_FALLBACK repeats itself");
  expect(await command.run("fingerprint", "--file", "weak-secrets.env")).toEqual(weak);
  for (const name of ["check", "fingerprint"])
    expect((await command.run(name, "--file", "twice-secrets.env")).output).toContain("ENCRYPTION_KEY_FALLBACK twice");
  expect((await command.run("check", "--file", "broken-secrets.json")).output).toContain("begins as JSON and is none");
  expect((await command.run("check", "--file", "odd-secrets.json")).output).toContain("whose values are texts");
});

test("words that it does not know are refused without a repetition, and --help tells all", async () => {
  const command = new SecretsCommand();
  command.write("known-secrets.env", knownFile);

  expect(await command.run("check", hmacSecret.secret)).toMatchObject({ exitCode: 1 });
  expect(await command.run("generate", hmacSecret.secret)).toMatchObject({ exitCode: 1 });
  expect(await command.run("retire", hmacSecret.secret)).toMatchObject({ exitCode: 1 });
  expect(await command.run(hmacSecret.secret)).toMatchObject({
    exitCode: 1,
    output: expect.stringMatching(/^There is no such command\.\n/),
  });
  expect(await command.run("check", "--token", "x")).toEqual({
    exitCode: 1,
    output: "Unknown option '--token': npm run secrets -- --help\n",
  });
  const { exitCode, output } = await command.run("check", "--help");
  expect(exitCode).toBe(0);
  for (const word of ["generate", "stage", "swap", "retire", "fingerprint", "check", "--file", "--out", "--url"])
    expect(output).toContain(word);
});

interface Deployed {
  readonly kind: "encryption" | "hmac";
  readonly fingerprint: string;
  readonly configured?: "primary" | "fallback" | "absent";
  readonly adoptedAt?: string | null;
  readonly records?: number;
  readonly removable?: boolean;
}

/** What a deployment answers that runs with these secrets: in use and needed, unless said otherwise. */
const systemWith = (...fingerprints: Deployed[]) => ({
  version: "0.1.0",
  shards: [{ object: "admin", keys: 0 }],
  sources: [{ name: "ENCRYPTION_KEY", servedBy: "worker_secret", health: "ok", note: null }],
  fingerprints: fingerprints.map((known) => ({
    ...{ configured: "primary", adoptedAt: "2026-01-01T00:00:00.000Z", records: 3, removable: false },
    ...known,
  })),
});
const theEncryptionKey: Deployed = { kind: "encryption", fingerprint: encryptionKey.fingerprint };
const theHmacSecret: Deployed = { kind: "hmac", fingerprint: hmacSecret.fingerprint };
const theOlder: Deployed = { kind: "hmac", fingerprint: olderHmacSecret.fingerprint, configured: "fallback" };
const another = "00112233445566ff";

async function judged(...fingerprints: Deployed[]) {
  const command = new SecretsCommand();
  command.write("known-secrets.env", knownFile);
  const { url } = await managerThatAnswers(200, systemWith(...fingerprints));
  return command.runWithKey(command.adminKey, "check", "--file", "known-secrets.env", "--url", url);
}

test("check --url takes a file that changes nothing, and tells what may go", async () => {
  const same = await judged(theEncryptionKey, theHmacSecret, { ...theOlder, removable: true, records: 0 });

  expect(same.exitCode, same.output).toBe(0);
  expect(same.output).toContain("is safe");
  expect(same.output).toContain(`retire ${olderHmacSecret.fingerprint}`);
});

test("check --url tells one command for all that may go, of both rings", async () => {
  const command = new SecretsCommand();
  command.write("known-secrets.env", knownFile);
  const staged = ["--file", "staged-secrets.env"];
  const { output } = await command.run(
    "stage",
    "ENCRYPTION_KEY",
    "--file",
    "known-secrets.env",
    ...["--out", "staged-secrets.env"],
  );
  const [fingerprint = ""] = fingerprintsIn(output, "ENCRYPTION_KEY +fallback");
  const free = { configured: "fallback", removable: true, records: 0 } as const;
  const { url } = await managerThatAnswers(
    200,
    systemWith(theEncryptionKey, theHmacSecret, { ...theOlder, ...free }, { kind: "encryption", fingerprint, ...free }),
  );

  const checked = await command.runWithKey(command.adminKey, "check", ...staged, "--url", url);
  const told = [...checked.output.matchAll(/npm run secrets -- retire ([0-9a-f ]+) --file/g)].map(
    ([, found]) => `${found}`,
  );
  const retired = await command.run("retire", ...`${told[0]}`.split(" "), ...staged, "--out", "retired-secrets.env");

  expect(told).toHaveLength(1);
  expect(retired.exitCode, retired.output).toBe(0);
  expect(retired.output).not.toContain("fallback  ");
});

test("check --url takes a new fallback, and a fallback there that becomes the primary", async () => {
  const staging = await judged(theEncryptionKey, theHmacSecret);
  const swapping = await judged(
    theEncryptionKey,
    { ...theHmacSecret, configured: "fallback", adoptedAt: null, records: 0 },
    { ...theOlder, configured: "primary" },
  );

  for (const taken of [staging, swapping]) {
    expect(taken.exitCode, taken.output).toBe(0);
    expect(taken.output).not.toContain("retire");
  }
});

test("check --url refuses a primary that the deployment does not hold yet", async () => {
  const early = await judged(theEncryptionKey, { ...theOlder, configured: "primary" });
  const gone = await judged(
    theEncryptionKey,
    { ...theOlder, configured: "primary" },
    { ...theHmacSecret, configured: "absent" },
  );

  for (const refused of [early, gone]) {
    expect(refused.exitCode).toBe(1);
    expect(refused.output).toContain(`HMAC_SECRET ${hmacSecret.fingerprint} is not held there yet`);
    expect(refused.output).not.toContain("is safe");
  }
});

test("check --url refuses a file without a secret that is needed there", async () => {
  const needed = { kind: "encryption", fingerprint: another } as const;
  const protecting = await judged(theEncryptionKey, theHmacSecret, { ...needed, configured: "fallback", records: 1 });
  const lost = await judged(theEncryptionKey, theHmacSecret, { ...needed, configured: "absent", records: 2 });
  const adopted = await judged(theEncryptionKey, theHmacSecret, { ...needed, configured: "fallback", records: 0 });
  const primary = await judged({ ...theEncryptionKey, configured: "fallback" }, theHmacSecret, {
    ...needed,
    adoptedAt: null,
    records: 0,
  });

  expect(protecting.output).toContain(`ENCRYPTION_KEY ${another} protects 1 record there and is not in the file`);
  expect(lost.output).toContain(`ENCRYPTION_KEY ${another} protects 2 records there and is not in the file`);
  for (const refused of [adopted, primary])
    expect(refused.output).toContain(`ENCRYPTION_KEY ${another} is in use there and is not in the file`);
  for (const { exitCode } of [protecting, lost, adopted, primary]) expect(exitCode).toBe(1);
});

test("check --url lets go what was never used there, is removable or was retired, and judges each kind by itself", async () => {
  const free = await judged(
    theEncryptionKey,
    theHmacSecret,
    { kind: "encryption", fingerprint: another, configured: "fallback", adoptedAt: null, records: 0 },
    { kind: "hmac", fingerprint: another, configured: "fallback", removable: true, records: 0 },
    { kind: "hmac", fingerprint: "ffeeddccbbaa9988", configured: "absent", records: 0 },
  );
  const crossed = await judged({ ...theEncryptionKey, kind: "hmac" }, { ...theHmacSecret, kind: "encryption" });

  expect(free.exitCode, free.output).toBe(0);
  expect(crossed.exitCode).toBe(1);
  expect(crossed.output.match(/is not held there yet/g)).toHaveLength(2);
});

test("the admin key goes to that URL alone, in one header of one request", async () => {
  const command = new SecretsCommand();
  command.write("known-secrets.env", knownFile);
  const elsewhere = await managerThatAnswers(200, systemWith(theEncryptionKey, theHmacSecret));
  const manager = await managerThatAnswers(307, {}, { location: `${elsewhere.url}/v1/system` });

  const refused = await command.runWithKey(
    command.adminKey,
    "check",
    "--file",
    "known-secrets.env",
    "--url",
    `${manager.url}/`,
  );

  expect(refused).toMatchObject({
    exitCode: 1,
    output: expect.stringContaining("not answered as Latchkey does (307)"),
  });
  expect(elsewhere.asked).toEqual([]);
  expect(manager.asked).toMatchObject([
    { path: "GET /v1/system", headers: { authorization: `Bearer ${command.adminKey}` } },
  ]);
});

test("a file that is not sound is not taken anywhere, and a key is not sent where it may be read", async () => {
  const command = new SecretsCommand();
  const manager = await managerThatAnswers(200, systemWith());
  const refusalOf = async (key: string, url: string) => {
    const { exitCode, output } = await command.runWithKey(key, "check", "--file", "known-secrets.env", "--url", url);
    expect(exitCode).toBe(1);
    return output;
  };

  command.write("known-secrets.env", "HMAC_SECRET=x\n");
  expect(await refusalOf(command.adminKey, manager.url)).toContain("is not sound");
  command.write("known-secrets.env", knownFile);
  expect(await refusalOf("", manager.url)).toContain("LATCHKEY_ADMIN_KEY");
  expect(await refusalOf(`${command.adminKey}\n${command.adminKey}`, manager.url)).toContain("must be one word");
  expect(await refusalOf(command.adminKey, "http://keys.example.com")).toContain("must begin with https");
  expect(await refusalOf(command.adminKey, `${manager.url}/?key=${command.adminKey}`)).toContain("nothing behind it");
  expect(await refusalOf(command.adminKey, "http://127.0.0.1:1")).toContain("did not answer");

  expect(manager.asked).toEqual([]);
});

test("an answer that is none is no leave to deploy, whatever it repeats", async () => {
  const command = new SecretsCommand();
  command.write("known-secrets.env", knownFile);
  const echo = { code: command.adminKey, detail: command.adminKey, title: command.adminKey };
  const good = systemWith(theEncryptionKey, theHmacSecret);
  const answers: [number, unknown, string][] = [
    [401, echo, "does not accept the key"],
    [403, echo, "needs system:read"],
    [503, echo, "is not ready"],
    [404, echo, "not answered as Latchkey does (404)"],
    [200, echo, "not answered as Latchkey does (200)"],
    [200, { ...good, fingerprints: [{ ...good.fingerprints[0], fingerprint: command.adminKey }] }, "not answered"],
    [200, { ...good, fingerprints: [{ ...good.fingerprints[0], removable: undefined }] }, "not answered"],
    [200, systemWith(), "is not held there yet"],
  ];

  const runs = await Promise.all(
    answers.map(async ([status, answer]) => {
      const { url } = await managerThatAnswers(status, answer);
      return command.runWithKey(command.adminKey, "check", "--file", "known-secrets.env", "--url", url);
    }),
  );

  expect(runs).toEqual(answers.map(([, , reason]) => ({ exitCode: 1, output: expect.stringContaining(reason) })));
});

test("a source that is not well there is told", async () => {
  const command = new SecretsCommand();
  command.write("known-secrets.env", knownFile);
  const sources = [{ name: "HMAC_SECRET", servedBy: "secrets_store", health: "unavailable", note: command.adminKey }];
  const { url } = await managerThatAnswers(200, { ...systemWith(theEncryptionKey, theHmacSecret), sources });

  const taken = await command.runWithKey(command.adminKey, "check", "--file", "known-secrets.env", "--url", url);

  expect(taken.exitCode, taken.output).toBe(0);
  expect(taken.output).toContain("a source of secrets is not well");
});

test("check --url tells which settings the Secrets Store serves there, because a Worker secret would not take their place", async () => {
  const command = new SecretsCommand();
  command.write("known-secrets.env", knownFile);
  const served = (name: string, servedBy: string) => ({ name, servedBy, health: "ok", note: null });
  const sources = [
    served("ENCRYPTION_KEY", "secrets_store"),
    served("HMAC_SECRET", "worker_secret"),
    served("HMAC_SECRET_FALLBACK", "secrets_store"),
    served(command.adminKey, "secrets_store"),
  ];
  const { url } = await managerThatAnswers(200, { ...systemWith(theEncryptionKey, theHmacSecret), sources });

  const taken = await command.runWithKey(command.adminKey, "check", "--file", "known-secrets.env", "--url", url);

  expect(taken.exitCode, taken.output).toBe(0);
  expect(taken.output).toContain("the Secrets Store serves ENCRYPTION_KEY, HMAC_SECRET_FALLBACK there");
  expect(taken.output).not.toContain(command.adminKey);
});
