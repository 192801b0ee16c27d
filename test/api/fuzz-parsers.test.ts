import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { expectKnownRefusal } from "../support/declared-answers.ts";
import { matchesByTable } from "../support/glob-by-table.ts";
import { asHeader, hostileTexts, nearly } from "../support/hostile-input.ts";
import { type CreatedAdmin, type CreatedKey, type Manager, startManager } from "../support/manager.ts";
import { type AnyAnswer, expectInvalid } from "../support/problems.ts";
import { runsOr } from "../support/property-runs.ts";
import { cookieName, openSession } from "../support/session.ts";

let manager: Manager;
let key: CreatedKey;
/** Sees what the role `globbed` lets it see, and that role changes. */
let narrowed: CreatedAdmin;
let token: string;

const bearings = ["a:a", "ab:a_b", "aba:ab", "b:a", "b.a:b_a", "abab:ab_ab"].map((text) => text.split(":"));

beforeAll(async () => {
  manager = await startManager();
  key = await manager.createKey();
  for (const [owner, prefix] of bearings) await manager.createKey({ owner, prefix });
  await manager.saveRole("globbed", { permissions: ["keys:read"] });
  narrowed = await manager.createAdmin({ roles: ["globbed"] });
  await manager.patch(key.id, { name: "Once more" });
  ({ token } = await openSession(manager));
});

/** This file has 0.25 of all cases, and each parser its part of them. */
const cases = runsOr(2000);
const numRuns = Math.max(1, Math.ceil((cases * 0.25) / 10));
const timeout = 60_000 + cases * 40;

const check = <Input>(
  input: fc.Arbitrary<Input>,
  holds: (input: Input) => Promise<void>,
  examples: readonly Input[] = [],
): Promise<void> => fc.assert(fc.asyncProperty(input, holds), { numRuns, examples: examples.map((one) => [one]) });

const letters = (alphabet: string, maxLength: number) => fc.string({ unit: fc.constantFrom(...alphabet), maxLength });

/** Taken with this status, or refused as some request may be. */
const expectTaken = (isTaken: boolean, status: number, answer: AnyAnswer): void => {
  expect(answer.status === status).toBe(isTaken);
  if (!isTaken) expectKnownRefusal(answer);
};

describe("a text as a key", () => {
  it(
    "is valid only when it is that key, white space around it ignored",
    () =>
      check(fc.oneof(nearly(key.key), hostileTexts), async (text) => {
        const answer = await manager.request("/v1/validate", { json: { key: text } });
        if (text.length > 65_000 && answer.status === 413) return;
        expect(answer.status).toBe(200);
        expect(["valid", "malformed", "unknown"]).toContain(answer.body.code);
        if (text.length < 200) expect(answer.body.valid).toBe(text.trim() === key.key);
        else expect(answer.body.valid).toBe(false);
      }),
    timeout,
  );

  it(
    "is a credential only when it is an admin key",
    () => {
      const beginnings = fc.constantFrom("Bearer ", "bearer \t", "Bearer", "Basic ", "BEARER  ", "Bearer Bearer ", "");
      const texts = fc.oneof(nearly(manager.adminKey), hostileTexts).map(asHeader);
      return check(fc.tuple(beginnings, texts), async ([beginning, text]) => {
        const whole = `${beginning}${text}`.trim();
        const isBearer = whole.slice(0, 6).toLowerCase() === "bearer" && /[ \t]/.test(whole[6] ?? "");
        const isKey = (credential: string): boolean => credential.trim() === manager.adminKey;
        const bearer = { Authorization: `${beginning}${text}` };
        const asBearer = await manager.request("/v1/me", { key: null, headers: bearer });
        expectTaken(isBearer && isKey(whole.slice(6)), 200, asBearer);
        const bare = { "X-API-Key": text };
        expectTaken(isKey(text), 200, await manager.request("/v1/me", { key: null, headers: bare }));
      });
    },
    timeout,
  );
});

describe("a text as a cursor", () => {
  it.each(["keys", "admins", "roles"])(
    "of the list of %s is taken only when it was made for that list",
    async (list) => {
      const nextOf = async (path: string): Promise<string> =>
        (await manager.request(`/v1/${path}?limit=1`)).body.nextCursor;
      const [own, ...others] = [
        await nextOf(list),
        await nextOf("keys"),
        await nextOf("admins"),
        await nextOf("roles"),
      ];
      const texts = fc.oneof(nearly(own ?? ""), fc.constantFrom(...others), hostileTexts);
      await check(texts, async (text) => {
        const cursor = encodeURIComponent(text.toWellFormed().slice(0, 5000));
        const answer = await manager.request(`/v1/${list}?limit=1&cursor=${cursor}`);
        expectTaken(text === own, 200, answer);
      });
    },
    timeout,
  );
});

const isSegment = (part: string): boolean =>
  part !== "" && [...part].every((character) => "abcdefghijklmnopqrstuvwxyz0123456789_.-".includes(character));
const isScope = (text: string, mayHoldStars: boolean): boolean =>
  text.length <= 128 && text.split(":").every((part) => isSegment(part) || (mayHoldStars && part === "*"));

/** No member but the key to validate may hold the like of it. */
const looksLikeKey = (text: string): boolean => /_[0-9A-Za-z]{20}_[0-9A-Za-z]{47}/.test(text);
const freeTexts = hostileTexts.filter((text) => !looksLikeKey(text));

describe("a text as a scope", () => {
  const texts = fc.oneof(letters("ab:*", 8), letters("ab0:*._-A ", 12), freeTexts);

  it(
    "is granted, or asked for, only when it has its form",
    () =>
      check(texts, async (scope) => {
        const json = { name: "A key", owner: "acct_1", scopes: [scope] };
        const created = await manager.request("/v1/keys", { json });
        expectTaken(isScope(scope, true), 201, created);
        if (created.status === 201) expect(created.body.scopes).toEqual([scope]);
        const asked = await manager.request("/v1/validate", { json: { key: key.key, scopes: [scope] } });
        expectTaken(isScope(scope, false), 200, asked);
      }),
    timeout,
  );
});

const ownerCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~:@/|+=-*";
const isOwnerGlob = (text: string): boolean =>
  text.length >= 1 &&
  text.length <= 128 &&
  /[A-Za-z0-9*]/.test(text[0] ?? "") &&
  [...text].every((character) => ownerCharacters.includes(character));

describe("a text as a glob of a role", () => {
  const save = (constraint: object) =>
    manager.request("/v1/roles/globbed", { method: "PUT", json: { permissions: ["keys:read"], constraint } });

  it(
    "is taken only when it has its form",
    () =>
      check(fc.oneof(letters("ab*._-:@", 12), freeTexts), async (glob) => {
        expectTaken(isOwnerGlob(glob), 200, await save({ owners: [glob] }));
        const isPrefixGlob = /^[a-z*][a-z0-9_*]*$/.test(glob) && !glob.includes("\n") && glob.length <= 33;
        expectTaken(isPrefixGlob, 200, await save({ prefixes: [glob] }));
      }),
    timeout,
  );

  it(
    "shows its holder exactly the keys whose owner and prefix it matches",
    () => {
      const owners = bearings.map(([owner]) => `owner=${owner}`).join("&");
      const globs = fc.tuple(letters("ab.*", 5), letters("ab_*", 5)).filter(([owner]) => isOwnerGlob(owner));
      return check(globs, async ([owner, given]) => {
        const prefix = given.replace(/^_*/, "") || "*";
        expect((await save({ owners: [owner], prefixes: [prefix] })).status).toBe(200);
        const { body } = await manager.request(`/v1/keys?${owners}`, { key: narrowed.key });
        const seen = body.items.map((item: CreatedKey) => `${item.owner}:${item.prefix}`);
        const expected = bearings.filter(
          ([ofKey = "", itsPrefix = ""]) => matchesByTable(owner, ofKey) && matchesByTable(prefix, itsPrefix),
        );
        expect(seen.toSorted()).toEqual(expected.map((bearing) => bearing.join(":")).toSorted());
      });
    },
    timeout,
  );
});

/** The entity tags of a list, or undefined where it is none; read one character after the other. */
const tagsOf = (text: string): string[] | undefined => {
  const tags: string[] = [];
  for (const part of partsOf(text)) {
    const tag = part.replace(/^[ \t]+|[ \t]+$/g, "");
    const opaque = tag.startsWith("W/") ? tag.slice(2) : tag;
    const inner = opaque.slice(1, -1);
    if (opaque.length < 2 || opaque[0] !== '"' || opaque.at(-1) !== '"' || /[\s"]/.test(inner)) return undefined;
    tags.push(tag);
  }
  return tags;
};

/** At the commas that stand in no quotes. */
const partsOf = (text: string): string[] => {
  const parts = [""];
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    if (character === "," && !isQuoted) parts.push("");
    else parts.push(`${parts.pop()}${character}`);
  }
  return parts;
};

describe("a text as If-Match", () => {
  const piece = fc.constantFrom(
    '"2"',
    '"2"',
    'W/"2"',
    '"1"',
    '""',
    ",",
    ", ",
    " ",
    "*",
    '"',
    "2",
    '"a,b"',
    '"2 "',
    "\t",
  );
  const texts = fc.oneof(
    fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join("")),
    fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(",")),
    hostileTexts.map((text) => asHeader(text).slice(0, 1000)),
  );

  it(
    "lets a change pass when one of its tags is that version, and only a list of tags is one",
    () => {
      const holds = async (text: string): Promise<void> => {
        const given = text.trim();
        const tags = tagsOf(given);
        const headers = { "If-Match": text };
        const answer = await manager.request(`/v1/keys/${key.id}`, { method: "PATCH", json: {}, headers });
        if (given === "*" || tags?.includes('"2"')) expect(answer.status).toBe(200);
        else if (tags) expect([answer.status, answer.body.code]).toEqual([412, "version_mismatch"]);
        else expectInvalid(answer, { header: "If-Match" });
      };
      return check(texts, holds, ['"2""2",', ',"2""2"', '"2" "2",']);
    },
    timeout,
  );
});

describe("a text as Idempotency-Key", () => {
  const texts = fc.oneof(letters('ab"\\ ,~', 6), letters("ab", 300), hostileTexts.map(asHeader));

  it(
    "makes a request happen once when it is 1 to 255 visible characters, quoted or bare",
    () =>
      check(texts, async (text) => {
        const given = text.trim();
        const bare = given.length > 1 && given.startsWith('"') && given.endsWith('"') ? given.slice(1, -1) : given;
        const isGood = bare.length >= 1 && bare.length <= 255 && !/[ \t]/.test(bare);
        const json = { name: "Once", owner: "acct_1" };
        const create = (mark: string) => manager.request("/v1/keys", { json, headers: { "Idempotency-Key": mark } });
        const first = await create(text);
        if (!isGood) return expectInvalid(first, { header: "Idempotency-Key" });
        expect(first.status).toBe(201);
        const again = await create(`"${bare}"`);
        expect([again.body.key, again.headers.get("Idempotent-Replayed")]).toEqual([first.body.key, "true"]);
      }),
    timeout,
  );
});

/** The values under the session's name, each once; empty ones do not count. */
const valuesIn = (cookies: string): string[] => {
  const values = new Set<string>();
  for (const part of cookies.split(";")) {
    const pair = part.trim();
    const at = pair.indexOf("=");
    if (at >= 0 && pair.slice(0, at) === cookieName && at + 1 < pair.length) values.add(pair.slice(at + 1));
  }
  return [...values];
};

describe("a text as cookies", () => {
  const names = fc.constantFrom(cookieName, cookieName, cookieName, `${cookieName}x`, `x${cookieName}`, "latchkey", "");
  const separators = fc.constantFrom("=", "=", "=", "= ", " =", "==", "");
  const ends = fc.constantFrom("; ", ";", ", ", ";;", " ", "");

  it(
    "is somebody only when they hold one session's token, and no other value under its name",
    () => {
      const values = fc.oneof(fc.constant(token), nearly(token), hostileTexts.map(asHeader));
      const cookies = fc
        .array(fc.tuple(names, separators, values, ends), { minLength: 1, maxLength: 4 })
        .map((pairs) => pairs.flat().join(""));
      return check(cookies, async (text) => {
        const found = valuesIn(text);
        const answer = await manager.request("/v1/me", { key: null, headers: { Cookie: text } });
        if (found.length > 1) expect([answer.status, answer.body.code]).toEqual([400, "multiple_credentials"]);
        else if (found.length === 0) expect([answer.status, answer.body.code]).toEqual([401, "missing_credential"]);
        else expectTaken(found[0]?.trim() === token, 200, answer);
      });
    },
    timeout,
  );
});
