import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EventPosition, latestMoment, positionOf, positionText } from "../../src/core/event-position.ts";
import { runs } from "../support/property-runs.ts";

const chain = fc.oneof(
  fc.constant("admin"),
  fc.integer({ min: 0, max: 255 }).map((shard) => `shard-${String(shard).padStart(2, "0")}`),
);
const small = fc.integer({ min: 0, max: 3 });
const position: fc.Arbitrary<EventPosition> = fc.record({
  at: fc.oneof(small, fc.integer({ min: 0, max: latestMoment })),
  chain,
  sequence: fc.oneof(small, fc.maxSafeNat()),
});

const compare = (one: EventPosition, other: EventPosition): number => {
  if (one.at !== other.at) return one.at < other.at ? -1 : 1;
  if (one.chain !== other.chain) return one.chain < other.chain ? -1 : 1;
  return Math.sign(one.sequence - other.sequence);
};

const compareTexts = (one: string, other: string): number => (one === other ? 0 : one < other ? -1 : 1);

describe("the text of an event's position", () => {
  it("sorts as the positions do: by time, then object, then sequence", () => {
    fc.assert(
      fc.property(position, position, (one, other) => {
        expect(compareTexts(positionText(one), positionText(other))).toBe(compare(one, other));
      }),
      { numRuns: runs },
    );
  });

  it("can be read again, and is short enough for a cursor", () => {
    fc.assert(
      fc.property(position, (one) => {
        expect(positionOf(positionText(one))).toEqual(one);
        expect(positionText(one).length).toBeLessThanOrEqual(120);
      }),
      { numRuns: runs },
    );
  });

  it.each(["", "0", "000000000000001.admin.1", "00000000000000a.admin.0000000000000001", "0.admin.0"])(
    "is nothing else: %j is no position",
    (text) => {
      expect(positionOf(text)).toBeUndefined();
    },
  );
});
