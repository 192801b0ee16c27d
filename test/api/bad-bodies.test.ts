import { beforeAll, describe, expect, it } from "vitest";
import { type Manager, startManager } from "../support/manager.ts";
import { expectInvalid, expectProblem, expectRefusal } from "../support/problems.ts";
import {
  makeResources,
  type Resources,
  routesWithBody,
  send,
  sendExample,
  sendText,
} from "../support/route-examples.ts";

let manager: Manager;
let resources: Resources;

beforeAll(async () => {
  manager = await startManager();
  resources = await makeResources(manager);
});

const encoder = new TextEncoder();
const bytes = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...(typeof part === "string" ? encoder.encode(part) : part)]));

const utf16 = (text: string): Uint8Array =>
  Uint8Array.from([...text].flatMap((character) => [character.charCodeAt(0), 0]));

/** Arrives without a Content-Length, in pieces of 64 KiB. */
const streamOf = (size: number): ReadableStream<Uint8Array> => {
  let left = size;
  return new ReadableStream({
    pull: (controller) => {
      controller.enqueue(new Uint8Array(Math.min(left, 65_536)).fill(0x20));
      left -= 65_536;
      if (left <= 0) controller.close();
    },
  });
};

const asJson = { "Content-Type": "application/json" };
const nested = (open: string, close: string, depth: number): string => `${open.repeat(depth)}1${close.repeat(depth)}`;

describe.each(routesWithBody)("$name", (route) => {
  const example = route.bodies[0] ?? {};

  it("takes JSON that fills the largest body exactly, and UTF-8 by another spelling", async () => {
    const full = JSON.stringify(example).padEnd(route.bodyBytesMax, " ");
    const fullest = await sendExample(manager, route, { body: full, headers: asJson });
    expect(fullest.status).toBe(route.example?.status);
    for (const type of ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"']) {
      const answer = await sendExample(manager, route, { json: example, headers: { "Content-Type": type } });
      expect([type, answer.status]).toEqual([type, route.example?.status]);
    }
  });

  it.each([
    ...["{", "}", '{"name":', "{'name':'a'}", '{"name":"a",}', "{}{}", "{} x", "nul", "NaN", "undefined", "// a\n{}"],
    ...['{"name":"a\nb"}', '{"name":"\\x41"}', "<name>a</name>", "name=a", "\0", " "],
  ])("refuses %j, which is not JSON", async (text) => {
    expectInvalid(await sendText(manager, route, resources, text), { pointer: "#", code: "not_json" });
  });

  it.each<[string, Uint8Array]>([
    ["a byte that never is UTF-8", bytes('{"name":"', [0xff], '"}')],
    ["an overlong null", bytes('{"name":"', [0xc0, 0x80], '"}')],
    ["an overlong slash", bytes('{"name":"', [0xe0, 0x80, 0xaf], '"}')],
    ["half of a surrogate pair", bytes('{"name":"', [0xed, 0xa0, 0x80], '"}')],
    ["a character beyond Unicode", bytes('{"name":"', [0xf4, 0x90, 0x80, 0x80], '"}')],
    ["a character cut short", bytes('{"name":"', [0xe2, 0x82], '"}')],
    ["UTF-16", utf16(JSON.stringify(example))],
    ["UTF-16 with its mark", bytes([0xff, 0xfe], [...utf16(JSON.stringify(example))])],
  ])("refuses %s", async (_name, body) => {
    expectInvalid(await sendText(manager, route, resources, body), { pointer: "#", code: "not_json" });
  });

  it.each([
    ["60,000 brackets", nested("[", "]", 30_000)],
    ["60,000 brackets that nobody closes", "[".repeat(60_000)],
    ["10,000 objects", nested('{"a":', "}", 10_000)],
    ["60,000 brackets in metadata", `{"name":"a","owner":"a","metadata":${nested("[", "]", 29_000)}}`],
    ["33 levels", nested("[", "]", 33)],
    ["a number that is none in JavaScript", '{"name":"a","owner":"a","metadata":{"a":1e999}}'],
  ])("refuses %s", async (_name, text) => {
    expectRefusal(await sendText(manager, route, resources, text));
  });

  it("refuses a member whose name fills the whole body, and does not repeat all of it", async () => {
    const answer = await sendText(manager, route, resources, JSON.stringify({ ["a".repeat(60_000)]: 1 }));
    expectRefusal(answer);
    expect(answer.text.length).toBeLessThan(2000);
  });

  it("refuses 5,000 unknown members, and does not name all of them", async () => {
    const json = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`a${at}`, 1]));
    const answer = await send(manager, route, resources, { json });
    expectRefusal(answer);
    expect(answer.body.errors.length).toBeLessThanOrEqual(20);
  });

  it.each<[string, () => BodyInit]>([
    ["one byte more than the largest body", () => " ".repeat(route.bodyBytesMax + 1)],
    ["10 MB", () => new Uint8Array(10_000_000).fill(0x20)],
    ["10 MB of a length nobody announced", () => streamOf(10_000_000)],
  ])("refuses %s", async (_name, body) => {
    expectProblem(await sendText(manager, route, resources, body()), 413, "payload_too_large");
  });

  it.each([
    ...["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp", "text/json"],
    ...["application/json; charset=utf-16", "application/json, text/plain", "json", "*/*"],
  ])("refuses a body of the type %s", async (type) => {
    const answer = await send(manager, route, resources, { json: example, headers: { "Content-Type": type } });
    expectProblem(answer, 415, "unsupported_media_type", type);
  });

  it.each(["gzip", "br", "deflate", "gzip, identity", "x"])(
    "refuses a body with the Content-Encoding %s",
    async (encoding) => {
      const answer = await send(manager, route, resources, {
        json: example,
        headers: { "Content-Encoding": encoding },
      });
      expectProblem(answer, 415, "unsupported_media_type", encoding);
    },
  );

  it("refuses a body of no type", async () => {
    const answer = await send(manager, route, resources, { body: bytes(JSON.stringify(example)) });
    expectProblem(answer, 415, "unsupported_media_type");
  });

  it("takes no body at all for an empty object", async () => {
    const none = await sendExample(manager, route, { body: new Uint8Array(), headers: {} });
    const empty = await sendExample(manager, route, { body: "{}", headers: asJson });
    expect([none.status, none.body.errors]).toEqual([empty.status, empty.body.errors]);
  });
});

describe("a merge patch", () => {
  it.each(routesWithBody.filter(({ method }) => method !== "PATCH"))("is no body for $name", async (route) => {
    const headers = { "Content-Type": "application/merge-patch+json" };
    const answer = await send(manager, route, resources, { json: route.bodies[0], headers });
    expectProblem(answer, 415, "unsupported_media_type");
  });
});
