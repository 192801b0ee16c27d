import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isInGrace,
  type Lifecycle,
  type Status,
  statuses,
  statusOf,
  validUntil,
} from "../../src/core/api-key/lifecycle.ts";
import { runs } from "../support/property-runs.ts";

const now = 1_750_000_000_000;
const successor = "key_0Vb3Zt2a7B3cD5eF7gHk";

const fresh: Lifecycle = {
  enabled: true,
  expiresAt: null,
  predecessor: null,
  successor: null,
  graceEndsAt: null,
  graceFinished: false,
  revokedAt: null,
};

const inGrace: Lifecycle = { ...fresh, successor, graceEndsAt: now + 1000 };

/** What makes a key that, and nothing else, the strongest first. */
const reasons: readonly (readonly [Status, Partial<Lifecycle>])[] = [
  ["revoked", { revokedAt: now - 5 }],
  ["expired", { expiresAt: now - 1 }],
  ["rotated", { successor, graceEndsAt: now - 1 }],
  ["disabled", { enabled: false }],
  ["rotating", { successor, graceEndsAt: now + 1000 }],
];

describe("the status of a key", () => {
  it("is active when nothing speaks against it", () => {
    expect(statusOf(fresh, now)).toBe("active");
    expect(statusOf({ ...fresh, predecessor: successor, expiresAt: now + 1 }, now)).toBe("active");
  });

  it.each(reasons)("is %s for its own reason alone", (status, reason) => {
    expect(statusOf({ ...fresh, ...reason }, now)).toBe(status);
  });

  it("is the first that applies, in the order of the list", () => {
    expect(statuses).toEqual(["revoked", "expired", "rotated", "disabled", "rotating", "active"]);
    for (const [index, [status, reason]] of reasons.entries()) {
      for (const [, weaker] of reasons.slice(index + 1)) {
        expect(statusOf({ ...fresh, ...weaker, ...reason }, now)).toBe(status);
      }
    }
  });

  it("is rotated at once when an act finished the grace, whatever the clock says", () => {
    const finished: Lifecycle = { ...inGrace, graceFinished: true };
    for (const moment of [0, now, finished.graceEndsAt ?? 0]) expect(statusOf(finished, moment)).toBe("rotated");
  });

  it("is still good in the very millisecond of its expiry, and expired in the next", () => {
    const key: Lifecycle = { ...fresh, expiresAt: now };
    expect([now - 1, now, now + 1].map((moment) => statusOf(key, moment))).toEqual(["active", "active", "expired"]);
  });

  it("is still rotating in the very millisecond the grace ends, and rotated in the next", () => {
    const key: Lifecycle = { ...inGrace, graceEndsAt: now };
    expect([now - 1, now, now + 1].map((moment) => statusOf(key, moment))).toEqual(["rotating", "rotating", "rotated"]);
  });

  it("stays revoked for ever, even before the moment of the revocation", () => {
    const key: Lifecycle = { ...inGrace, revokedAt: now };
    expect([now - 1000, now, now + 1_000_000].map((moment) => statusOf(key, moment))).toEqual(Array(3).fill("revoked"));
  });

  it("never becomes good again as time passes", () => {
    const times = fc.option(fc.integer({ min: now - 50, max: now + 50 }));
    const keys = fc.record({
      ...{ enabled: fc.boolean(), expiresAt: times, predecessor: fc.constant(null), graceEndsAt: times },
      ...{ successor: fc.option(fc.constant(successor)), graceFinished: fc.boolean(), revokedAt: times },
    });
    const isGood = (key: Lifecycle, moment: number) => ["active", "rotating"].includes(statusOf(key, moment));
    const moments = fc.integer({ min: now - 60, max: now + 60 });
    fc.assert(
      fc.property(keys, moments, fc.nat(60), (key, moment, passed) => {
        if (isGood(key, moment + passed)) expect(isGood(key, moment)).toBe(true);
      }),
      { numRuns: runs },
    );
  });
});

describe("the grace of a key", () => {
  it("runs from its rotation to its end, that millisecond included, even while the key is disabled", () => {
    expect(isInGrace(inGrace, now + 1000)).toBe(true);
    expect(isInGrace({ ...inGrace, enabled: false }, now)).toBe(true);
  });

  it.each([
    ["was never rotated", fresh],
    ["is past its end", { ...inGrace, graceEndsAt: now - 1 }],
    ["was finished", { ...inGrace, graceFinished: true }],
    ["was revoked", { ...inGrace, revokedAt: now }],
    ["expired", { ...inGrace, expiresAt: now - 1 }],
  ])("is none when the key %s", (_name, key) => {
    expect(isInGrace(key, now)).toBe(false);
  });
});

describe("the last moment a key is good", () => {
  it.each([
    [null, null, null],
    [5, null, 5],
    [null, 7, 7],
    [5, 7, 5],
    [7, 5, 5],
  ])("with expiry %s and end of grace %s is %s", (expiresAt, graceEndsAt, last) => {
    expect(validUntil({ ...fresh, expiresAt, graceEndsAt })).toBe(last);
  });
});
