import { Chance } from "./chance.ts";
import type { Patch } from "./commands.ts";
import type { Filters } from "./search.ts";
import type { Choice, KeyForm, Step, StepOf } from "./steps.ts";

/** What is left to say of a step. */
type Draw = { [Do in Step["do"]]: (chance: Chance) => Omit<StepOf<Do>, "do" | "isolate"> };

const names = ["Red fox", "red panda 7", "Blue fox", "A key", "production-server"];
const owners = ["acct_1", "acct_2", "team/red", "acct:fox@example.com"];
const prefixes = ["lk_live", "acme_live", "acme_test", "a"];
const granted = ["orders:read", "orders:*", "orders:*:all", "users:write", "*", "orders:eu:all", "users.admin:write"];
const needed = ["orders:read", "orders:eu:all", "users:write", "orders", "billing:x", "usersxadmin:write"];
const words = ["red", "fox", "Re", "acct", "1", "fox acct", "server prod", "blue red", "example.com"];
const statuses = ["revoked", "expired", "rotated", "disabled", "rotating", "active"] as const;
const big = "x".repeat(3000);
const metadatas = [{}, { team: "red" }, { team: "red", deep: { one: 1, two: true } }, { big }];
const metadataPatches = [{ team: null }, { team: "blue" }, { deep: { one: null, three: 3 } }, { big2: big }, {}, null];
const reasons = [null, "leaked", "unused"];
const secondsMs = 1000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const futuresMs = [1, 5, 1500, 60 * secondsMs, hourMs, 30 * dayMs];

const aKey = (chance: Chance, among: Choice["among"] = "all"): Choice => ({
  number: chance.between(0, 59),
  among: chance.happens(0.6) ? among : "all",
});

const aKeyOrNone = (chance: Chance, among?: Choice["among"]): Choice =>
  chance.happens(0.05) ? { number: -chance.between(1, 4), among: "all" } : aKey(chance, among);

const someFilters = (chance: Chance): Filters => ({
  ...(chance.happens(0.25) ? { owner: chance.some(owners, 3) } : {}),
  ...(chance.happens(0.3) ? { status: chance.some(statuses, 3) } : {}),
  ...(chance.happens(0.2) ? { prefix: chance.some(prefixes, 2) } : {}),
  ...(chance.happens(0.2) ? { scope: chance.some(granted, 2) } : {}),
  ...(chance.happens(0.2) ? { words: chance.pick(words) } : {}),
});

const someLimit = (chance: Chance): number => chance.pick([1, 2, 3, 7, 200]);

const somePatch = (chance: Chance): Patch => ({
  ...(chance.happens(0.3) ? { name: chance.pick(names) } : {}),
  ...(chance.happens(0.2) ? { owner: chance.pick(owners) } : {}),
  ...(chance.happens(0.2) ? { scopes: chance.some(granted, 3) } : {}),
  ...(chance.happens(0.3) ? { metadata: chance.pick(metadataPatches) } : {}),
  ...(chance.happens(0.3) ? { enabled: chance.happens(0.6) } : {}),
  ...(chance.happens(0.15) ? { expiresAt: null } : {}),
});

const draws: Draw = {
  create: (chance) => ({
    fields: {
      name: chance.pick(names),
      owner: chance.pick(owners),
      prefix: chance.pick(prefixes),
      scopes: chance.some(granted, 3),
      metadata: chance.pick(metadatas),
      enabled: chance.happens(0.9),
      recoverable: chance.happens(0.8),
      expiresInSeconds: chance.happens(0.2) ? chance.pick([1, 60, 86_400]) : null,
    },
    expiresInMs: chance.happens(0.3) ? chance.pick([-hourMs, 0, ...futuresMs]) : null,
  }),
  get: (chance) => ({ key: aKeyOrNone(chance) }),
  finish: (chance) => ({ key: aKeyOrNone(chance, "in grace") }),
  delete: (chance) => ({ key: aKeyOrNone(chance) }),
  rotate: (chance) => ({
    key: aKeyOrNone(chance, "live"),
    graceSeconds: chance.pick([0, 1, 60, 3600, 86_400, 2_592_000]),
  }),
  cancel: (chance) => ({ key: aKeyOrNone(chance, "in grace"), force: chance.happens(0.3) }),
  reveal: (chance) => ({ key: aKeyOrNone(chance), reason: chance.pick(["lost it", "Zoë asked"]) }),
  revoke: (chance) => ({
    key: aKeyOrNone(chance),
    revocation: {
      reason: chance.pick(reasons),
      note: chance.pick([null, "seen in a log"]),
      lineage: chance.happens(0.25),
    },
  }),
  patch: (chance) => ({
    key: aKeyOrNone(chance, "live"),
    fields: somePatch(chance),
    expiresInMs: chance.happens(0.35) ? chance.pick([-hourMs, 0, ...futuresMs]) : null,
  }),
  "bad request": (chance) => ({ key: aKeyOrNone(chance), which: chance.between(0, 59) }),
  validate: (chance) => ({
    key: aKey(chance, chance.pick(["live", "successors"])),
    form: chance.weighted<KeyForm>([
      [30, "as it is"],
      [2, "in white space"],
      [2, "with a typo"],
      [2, "forged"],
      [1, "of an admin"],
    ]),
    needs: {
      ...(chance.happens(0.3) ? { scopes: chance.some(needed, 2) } : {}),
      ...(chance.happens(0.2) ? { anyScope: chance.some(needed, 3) } : {}),
      ...(chance.happens(0.2) ? { prefixes: chance.some(["acme_*", "lk_live", "*", "*_live", "none"], 2) } : {}),
    },
  }),
  list: (chance) => ({
    filters: someFilters(chance),
    narrowedTo: chance.happens(0.25) ? { key: aKey(chance), by: chance.pick(["id", "lineage"]) } : null,
    limit: someLimit(chance),
  }),
  page: (chance) => ({ filters: chance.happens(0.5) ? {} : someFilters(chance), limit: chance.between(1, 3) }),
  "wrong cursor": (chance) => ({ limit: someLimit(chance) }),
  wait: (chance) => ({ milliseconds: chance.pick([1, 2, 999, 1000, 60_000, hourMs, dayMs, 31 * dayMs]) }),
  "step back": (chance) => ({ milliseconds: chance.pick([1, 500, 90 * secondsMs, 2 * hourMs, 25 * hourMs]) }),
  "wait for the end": (chance) => ({ key: aKey(chance), pastMs: chance.pick([-1, 0, 1]) }),
  evict: (chance) => ({ object: chance.between(0, 3) }),
  alarm: (chance) => ({ object: chance.between(0, 2) }),
  restart: () => ({}),
};

const weights: readonly (readonly [weight: number, what: Step["do"]])[] = [
  [7, "create"],
  [3, "get"],
  [16, "rotate"],
  [4, "finish"],
  [9, "cancel"],
  [5, "reveal"],
  [6, "revoke"],
  [10, "patch"],
  [5, "delete"],
  [2, "bad request"],
  [20, "validate"],
  [5, "list"],
  [6, "page"],
  [1, "wrong cursor"],
  [4, "wait"],
  [5, "wait for the end"],
  [3, "step back"],
  [3, "evict"],
  [3, "alarm"],
  [1, "restart"],
];

/** Everything that one seed decides. */
export interface Sequence {
  readonly seed: number;
  readonly startsAt: number;
  readonly examinedRowsMax: number;
  readonly shards: number;
  readonly steps: readonly Step[];
}

export const sequenceOf = (seed: number, length: number): Sequence => {
  const chance = new Chance(seed);
  const draw = (what: Step["do"]): Step =>
    ({ do: what, isolate: chance.between(0, 1), ...draws[what](chance) }) as Step;
  return {
    seed,
    startsAt: Date.UTC(2031, 0, 1) + chance.between(0, dayMs),
    examinedRowsMax: chance.pick([1, 2, 5000, 5000, 5000]),
    shards: chance.pick([1, 2, 3]),
    steps: Array.from({ length }, (_, index) => draw(index < 2 ? "create" : chance.weighted(weights))),
  };
};
