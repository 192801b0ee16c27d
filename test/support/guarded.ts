import { createExecutionContext } from "cloudflare:test";
import { type Accepted, type GuardOptions, guard, type KeyValidatorBinding } from "latchkey/client";
import { vi } from "vitest";

export const key = "acme_live_0V3bQk1AA00000000000_00000000000000000000000000000000000000000119T7V";
export const url = "https://orders.example/orders/7";

export const accepted: Accepted = {
  valid: true,
  code: "valid",
  id: "key_0Vb3Zt2a7B3cD5eF7gHk",
  lineage: "key_0Vb3Zt2a7B3cD5eF7gHk",
  owner: "acct_42",
  name: "Production server",
  prefix: "acme_live",
  scopes: ["orders:*"],
  metadata: {},
  expiresAt: null,
  validUntil: null,
  warnings: [],
};

export const graceEndsAt = "2027-01-31T23:59:59.999Z";
export const rotating: Accepted = {
  ...accepted,
  validUntil: graceEndsAt,
  warnings: [{ code: "rotating", successor: "key_0Vb3aXyz01k93qfKF50N", graceEndsAt }],
};

export const asked: unknown[] = [];

/** A binding that says this of every key. */
export const saying = (answer: unknown): KeyValidatorBinding => ({
  validate: async (request) => {
    asked.push(request);
    return answer;
  },
});

export interface Env {
  readonly GREETING: string;
}

export const env: Env = { GREETING: "hello" };

export const send = async (
  options: GuardOptions<Env>,
  headers: Record<string, string> = { Authorization: `Bearer ${key}` },
  handler = vi.fn((_request: Request, { GREETING }: Env, _context: unknown, verdict: Accepted) =>
    Response.json({ said: `${GREETING} ${verdict.owner}` }),
  ),
) => {
  asked.length = 0;
  const response = await guard(options, handler)(new Request(url, { headers }), env, createExecutionContext());
  const text = await response.clone().text();
  return { response, handler, text, problem: text.startsWith("{") ? JSON.parse(text) : undefined };
};

export const refused = (code: string, httpStatus: unknown, more = {}) => ({ valid: false, code, httpStatus, ...more });
