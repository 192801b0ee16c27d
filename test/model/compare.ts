import { expect } from "vitest";
import { type Answer, inObject } from "../support/manager.ts";
import { expectProblem } from "../support/problems.ts";
import type { Expected } from "./commands.ts";
import { isInGrace, type ModelKey, statusOf } from "./key.ts";
import type { Model } from "./model.ts";
import type { ModelEvent, ModelObject } from "./object.ts";

/** The admin that asks for everything. */
export interface Actor {
  readonly id: string;
  readonly lineage: string;
  readonly name: string;
}

// biome-ignore lint/suspicious/noExplicitAny: what it must be is the very thing the comparison says.
type AnyAnswer = Answer<any>;

export const expectAnswer = (answer: AnyAnswer, { status, code, facts = {}, body }: Expected): void => {
  const { alsoRevoked } = answer.body;
  const given = alsoRevoked ? { ...answer.body, alsoRevoked: [...alsoRevoked].sort() } : answer.body;
  if (answer.status < 400 || code === undefined) {
    expect({ status: answer.status, body: given }).toEqual({ status, body });
    if (answer.body.version) expect(answer.headers.get("ETag")).toBe(`"${answer.body.version}"`);
    if (status === 201) expect(answer.headers.get("Location")).toBe(`/v1/keys/${answer.body.id}`);
    return;
  }
  expectProblem(answer, status, code);
  expect(answer.body).toMatchObject(facts);
};

type EventRow = Readonly<Record<string, string | number | ArrayBuffer | null>>;

const textOf = (value: EventRow[string] | undefined): string => String(value);
const hexOf = (value: EventRow[string] | undefined): string =>
  value instanceof ArrayBuffer ? [...new Uint8Array(value)].join(" ") : "no bytes";

const eventOf = (row: EventRow): ModelEvent & { readonly actor: unknown } => ({
  type: textOf(row.type),
  at: Number(row.at),
  requestId: textOf(row.request_id),
  actor: { kind: row.actor_kind, id: row.actor_id, lineage: row.actor_lineage, name: row.actor_name },
  subject: {
    id: textOf(row.subject_id),
    lineage: textOf(row.subject_lineage),
    owner: textOf(row.subject_owner),
    prefix: textOf(row.subject_prefix),
  },
  changes: typeof row.changes === "string" ? JSON.parse(row.changes) : null,
  reason: row.reason as string | null,
  note: row.note as string | null,
});

/** The order of the events of one request is its own affair. */
const inOrder = <Event extends ModelEvent>(events: readonly Event[]): Event[] => {
  const place = (event: Event) => events.findIndex(({ requestId }) => requestId === event.requestId);
  const name = ({ subject, type }: Event) => `${subject.id} ${type}`;
  return [...events].sort((one, other) => place(one) - place(other) || (name(one) < name(other) ? -1 : 1));
};

const expectChain = (rows: readonly EventRow[]): void => {
  expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, index) => index + 1));
  expect(rows.slice(1).map((row) => hexOf(row.previous_hash))).toEqual(rows.slice(0, -1).map((row) => hexOf(row.hash)));
};

const expectEvents = (rows: readonly EventRow[], { events }: ModelObject, { id, lineage, name }: Actor): void => {
  expectChain(rows);
  const actor = { kind: "admin", id, lineage, name };
  expect(inOrder(rows.map(eventOf))).toEqual(inOrder(events).map((event) => ({ ...event, actor })));
};

const expectCounters = (text: string | undefined, model: Model, name: string): void => {
  const counters: Record<string, number> = JSON.parse(text ?? "{}");
  const protection = (kind: string) => Object.entries(counters).filter(([counter]) => counter.startsWith(`${kind}:`));
  const keys = model.keysIn(name).filter(({ isDeleted }) => !isDeleted);
  const revoked = keys.filter(({ revokedAt }) => revokedAt !== null).length;
  const disabled = keys.filter(({ enabled }) => !enabled).length;
  const rotated = keys.filter(({ successor }) => successor !== null).length;
  const { keys: all = 0, revoked: ofRevoked = 0, disabled: ofDisabled = 0, rotated: ofRotated = 0 } = counters;
  expect({ all, ofRevoked, ofDisabled, ofRotated }).toEqual({
    all: keys.length,
    ofRevoked: revoked,
    ofDisabled: disabled,
    ofRotated: rotated,
  });
  for (const kind of ["encryption", "mac"]) {
    expect(protection(kind).map(([, count]) => count)).toEqual(keys.length === 0 ? [] : [keys.length]);
  }
};

/** Where the counters of a moment stand: at this time, and a millisecond on for the keys up to this ordinal. */
const momentOf = ({ talliedTo = 0, talliedOrdinal = 0 }: Record<string, number>, { id }: ModelKey): number => {
  const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const ordinal = [...id.slice(4, 12)].reduce((number, digit) => number * 62 + digits.indexOf(digit), 0);
  return ordinal <= talliedOrdinal ? talliedTo + 1 : talliedTo;
};

const dayMs = 86_400_000;

/** What every key counts in at that moment. */
const expectTally = (text: string | undefined, model: Model, name: string): void => {
  const counters: Record<string, number> = JSON.parse(text ?? "{}");
  const isTally = (counter: string) => /^(status:.*|seen:.*|unused|expiring|inGrace)$/.test(counter);
  const expected: Record<string, number> = {};
  const count = (counter: string) => {
    expected[counter] = (expected[counter] ?? 0) + 1;
  };
  for (const key of model.keysIn(name).filter(({ isDeleted }) => !isDeleted)) {
    const moment = momentOf(counters, key);
    const status = statusOf(key, moment);
    const isLive = ["active", "rotating", "disabled"].includes(status);
    const seenDay = Math.floor((key.writtenUseAt ?? key.createdAt) / dayMs);
    const today = Math.floor((counters.talliedTo ?? 0) / dayMs);
    count(`status:${status}`);
    if (isInGrace(key, moment)) count("inGrace");
    if (isLive && key.expiresAt !== null && key.expiresAt - moment < 7 * dayMs) count("expiring");
    if (isLive) count(today - seenDay > 30 ? "unused" : `seen:${seenDay}`);
  }
  expect(Object.fromEntries(Object.entries(counters).filter(([counter]) => isTally(counter)))).toEqual(expected);
};

interface StateRow extends Record<string, SqlStorageValue> {
  readonly greatest_time: number;
  readonly counters: string;
}

const stateOf = (sql: SqlStorage): StateRow | undefined =>
  sql.exec<StateRow>("SELECT greatest_time, counters FROM object_state").toArray()[0];

export const storedTimeOf = (name: string): Promise<number> =>
  inObject(name, (sql) => Number(stateOf(sql)?.greatest_time ?? 0));

/** What an object has stored is what the model says it must have. */
export const expectStored = async (name: string, model: Model, actor: Actor): Promise<void> => {
  const object = model.objects.get(name);
  if (!object) throw new Error(`the model knows no ${name}`);
  const { rows, state, count } = await inObject(name, (sql) => ({
    rows: sql.exec("SELECT * FROM events ORDER BY sequence").toArray() as EventRow[],
    state: stateOf(sql),
    count: sql.exec("SELECT count(*) AS count FROM api_keys").one().count,
  }));
  expectEvents(rows, object, actor);
  expectCounters(state?.counters, model, name);
  expectTally(state?.counters, model, name);
  expect(count).toBe(model.keysIn(name).filter(({ isDeleted }) => !isDeleted).length);
  object.expectTime(Number(state?.greatest_time ?? 0));
};
