import { cancel, create, finish, get, patch, remove, reveal, revoke, rotate } from "./commands.ts";
import { timestamp, validUntil } from "./key.ts";
import { presented } from "./key-strings.ts";
import type { Run } from "./run.ts";
import type { Search } from "./search.ts";
import type { Step, StepNeeds, StepOf } from "./steps.ts";
import { type ModelVerdict, refused } from "./verdict.ts";

/** Does one step on both sides; answers what came of it, for the record. */
type Perform = {
  readonly [Do in Step["do"]]: (run: Run, step: StepOf<Do>) => Promise<string | number | undefined>;
};

const sixtyDaysMs = 60 * 86_400_000;

/** Bodies and queries that are wrong whatever the key is: each is a 400 before anybody looks for the key. */
const badRequests: readonly (readonly [method: string, path: string, json?: unknown])[] = [
  ["POST", "/rotate", { graceSeconds: -1 }],
  ["POST", "/rotate", { graceSeconds: 2_592_001 }],
  ["POST", "/rotate", { graceSeconds: 1.5 }],
  ["POST", "/rotate", { grace: 1 }],
  ["POST", "/revoke", { reason: "Not a word" }],
  ["POST", "/revoke", { lineage: "yes" }],
  ["POST", "/rotation/cancel", { force: 1 }],
  ["POST", "/rotation/finish", { unexpected: 1 }],
  ["POST", "/reveal", {}],
  ["POST", "/reveal", { reason: "" }],
  ["PATCH", "", { name: null }],
  ["PATCH", "", { owner: "-starts-wrong" }],
  ["PATCH", "", { scopes: ["a b"] }],
  ["PATCH", "", { enabled: null }],
  ["PATCH", "", { prefix: "lk_live" }],
  ["PATCH", "", { expiresAt: "tomorrow" }],
  ["GET", "?unexpected=1"],
];

const isWanted = (keyString: string, { prefixes = [] }: StepNeeds): boolean => {
  const prefix = keyString.trim().split("_").slice(0, -2).join("_");
  return prefixes.length === 0 || prefixes.some((glob) => new RegExp(`^${glob.replaceAll("*", ".*")}$`).test(prefix));
};

const expectedVerdict = (run: Run, step: StepOf<"validate">, given: string): ModelVerdict => {
  const { form, needs, key } = step;
  if (form === "with a typo") return refused("malformed", 401);
  if (!isWanted(given, needs)) return refused("wrong_prefix", 403);
  if (form === "forged" || form === "of an admin") return refused("unknown", 401);
  return run.model.validate(run.keyOf(key), { scopes: needs.scopes ?? [], anyScope: needs.anyScope ?? [] });
};

const searchOf = (run: Run, { filters, narrowedTo }: StepOf<"list">): Search => {
  if (!narrowedTo) return filters;
  const { id, lineage } = run.keyOf(narrowedTo.key);
  const { words: _words, ...others } = filters;
  return narrowedTo.by === "id" ? { ...others, id } : { ...filters, lineage };
};

const outcomeOf = ({ status, body }: { readonly status: number; readonly body: { readonly code?: string } }) =>
  body.code ?? status;

const perform: Perform = {
  create: async (run, { fields: { expiresInSeconds, ...fields }, expiresInMs }) => {
    const expiresAt = expiresInMs === null || expiresInSeconds !== null ? null : run.model.clock + expiresInMs;
    const seconds = expiresInSeconds === null ? {} : { expiresInSeconds };
    const time = expiresAt === null ? {} : { expiresAt: timestamp(expiresAt) };
    const asked = run.post("/v1/keys", { ...fields, ...seconds, ...time });
    const wanted = { ...fields, expiresAt, expiresInSeconds };
    return outcomeOf(await run.agree(asked, (learned) => create(run.model, wanted, learned)));
  },
  get: async (run, { key }) => {
    const id = run.idOf(key);
    return outcomeOf(await run.agree(run.request(`/v1/keys/${id}`), () => get(run.model, id)));
  },
  rotate: async (run, { key, graceSeconds }) => {
    const id = run.idOf(key);
    const asked = run.post(`/v1/keys/${id}/rotate`, graceSeconds === 86_400 ? {} : { graceSeconds });
    return outcomeOf(await run.agree(asked, (learned) => rotate(run.model, id, graceSeconds, learned)));
  },
  finish: async (run, { key }) => {
    const id = run.idOf(key);
    return outcomeOf(await run.agree(run.post(`/v1/keys/${id}/rotation/finish`, {}), () => finish(run.model, id)));
  },
  cancel: async (run, { key, force }) => {
    const id = run.idOf(key);
    const asked = run.post(`/v1/keys/${id}/rotation/cancel`, force ? { force } : {});
    return outcomeOf(await run.agree(asked, () => cancel(run.model, id, force)));
  },
  revoke: async (run, { key, revocation }) => {
    const id = run.idOf(key);
    const { reason, note, lineage } = revocation;
    const json = { ...(reason && { reason }), ...(note && { note }), ...(lineage && { lineage }) };
    const answer = await run.agree(run.post(`/v1/keys/${id}/revoke`, json), () => revoke(run.model, id, revocation));
    return answer.status === 200 ? `${answer.body.alsoRevoked.length} others` : outcomeOf(answer);
  },
  delete: async (run, { key }) => {
    const id = run.idOf(key);
    return outcomeOf(await run.agree(run.request(`/v1/keys/${id}`, { method: "DELETE" }), () => remove(run.model, id)));
  },
  reveal: async (run, { key, reason }) => {
    const id = run.idOf(key);
    const asked = run.post(`/v1/keys/${id}/reveal`, { reason });
    return outcomeOf(await run.agree(asked, () => reveal(run.model, id, reason)));
  },
  patch: async (run, { key, fields, expiresInMs }) => {
    const id = run.idOf(key);
    const wanted = expiresInMs === null ? fields : { ...fields, expiresAt: run.model.clock + expiresInMs };
    const time = typeof wanted.expiresAt === "number" ? { expiresAt: timestamp(wanted.expiresAt) } : {};
    const asked = run.request(`/v1/keys/${id}`, { method: "PATCH", json: { ...wanted, ...time } });
    return outcomeOf(await run.agree(asked, () => patch(run.model, id, wanted)));
  },
  "bad request": async (run, { key, which }) => {
    const [method, path, json] = badRequests[which % badRequests.length] ?? ["GET", "?unexpected=1"];
    const asked = run.request(`/v1/keys/${run.idOf(key)}${path}`, { method, ...(json ? { json } : {}) });
    return outcomeOf(await run.agree(asked, () => ({ status: 400, code: "invalid_request" })));
  },
  validate: async (run, step) => {
    const given = presented(run.keyOf(step.key).keyString, step.form, run.adminKey);
    const asked = run.post("/v1/validate", { key: given, ...step.needs });
    return outcomeOf(await run.agree(asked, () => ({ status: 200, body: expectedVerdict(run, step, given) })));
  },
  list: async (run, step) => {
    await run.list(searchOf(run, step), step.limit);
    return undefined;
  },
  page: async (run, { filters, limit }) => {
    const isUnderWay = run.walk !== undefined;
    await run.nextPage(filters, limit);
    return `${isUnderWay ? "next" : "first"}, ${run.walk ? "and more" : "the last"}`;
  },
  "wrong cursor": async (run, { limit }) => {
    const cursor = run.walk?.cursor ?? "AAAA";
    const asked = run.request(`/v1/keys?limit=${limit}&owner=nobody&cursor=${cursor}`);
    return outcomeOf(await run.agree(asked, () => ({ status: 400, code: "invalid_cursor" })));
  },
  wait: async (run, { milliseconds }) => {
    run.setClock(run.model.clock + milliseconds);
    return undefined;
  },
  "wait for the end": async (run, { key, pastMs }) => {
    const { clock, keys } = run.model;
    const ends = keys.flatMap((one) => validUntil(one) ?? []).filter((end) => end > clock && end < clock + sixtyDaysMs);
    const end = ends[key.number % Math.max(ends.length, 1)];
    if (end !== undefined) run.setClock(end + pastMs);
    return end === undefined ? "none" : pastMs;
  },
  "step back": async (run, { milliseconds }) => {
    if (run.model.isInDoubt) await run.page({}, 1, null);
    run.setClock(run.model.clock - milliseconds);
    return undefined;
  },
  evict: async (run, { object }) => {
    await run.evict(["admin", ...run.shards][object % (run.shards.length + 1)] ?? "admin");
    return undefined;
  },
  alarm: async (run, { object }) => run.alarm(run.shards[object % run.shards.length] ?? "admin"),
  restart: async (run) => {
    await run.restart();
    return undefined;
  },
};

export const performStep = async (run: Run, step: Step): Promise<void> => {
  if (run.model.keys.length === 0 && step.do !== "create") return;
  run.isolate = step.isolate;
  const performer = perform[step.do] as (run: Run, step: Step) => ReturnType<Perform["list"]>;
  const outcome = await performer(run, step);
  run.afterStep();
  const name = outcome === undefined ? step.do : `${step.do}: ${outcome}`;
  run.outcomes.set(name, (run.outcomes.get(name) ?? 0) + 1);
};
