import { expect } from "vitest";
import type { Answer } from "./manager.ts";

// biome-ignore lint/suspicious/noExplicitAny: a test says which body it expects, and fails where it is another.
export type AnyAnswer = Answer<any>;

interface Place {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly header?: string;
  readonly code?: string;
}

const placeNames = ["pointer", "parameter", "header"] as const;

/** Everything that RFC 9457 and the contract ask of any refusal; `label` tells which request it was. */
export const expectProblem = (answer: AnyAnswer, status: number, code: string, label = ""): void => {
  const { type, title, detail, requestId, errors = [], ...body } = answer.body;
  expect([label, answer.status, body.code]).toEqual([label, status, code]);
  expect(answer.headers.get("Content-Type")).toBe("application/problem+json");
  expect(type).toBe(`urn:problem-type:latchkey:${code}`);
  expect(body.status).toBe(status);
  for (const text of [title, detail, requestId]) expect([label, text]).toEqual([label, expect.stringMatching(/\S/)]);
  expect(requestId).toBe(answer.headers.get("X-Request-Id"));
  for (const error of errors) {
    expect(placeNames.filter((name) => typeof error[name] === "string")).toHaveLength(1);
    expect(error).toMatchObject({ code: expect.stringMatching(/^[a-z_]+$/), detail: expect.stringMatching(/\S/) });
  }
};

/** A 400 about content, which names the place. */
export const expectInvalid = (answer: AnyAnswer, place: Place, label = ""): void => {
  expectProblem(answer, 400, "invalid_request", label);
  expect([label, answer.body.errors]).toEqual([label, expect.arrayContaining([expect.objectContaining(place)])]);
};

/** A refusal of any kind, never a fault of ours. */
export const expectRefusal = (answer: AnyAnswer, label = ""): void => {
  expect([label, answer.status >= 400 && answer.status < 500]).toEqual([label, true]);
  expectProblem(answer, answer.status, answer.body.code, label);
};
