import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTimestamp } from "../../src/api/timestamp.ts";
import { toTimestamp, toTimestampOrNull } from "../../src/core/api-key/key-view.ts";
import { runs } from "../support/property-runs.ts";

const dates = fc.date({
  min: new Date("0000-01-01T00:00:00.000Z"),
  max: new Date("9999-12-31T23:59:59.999Z"),
  noInvalidDate: true,
});

const offsetOf = (minutes: number): string => {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? "-" : "+"}${String(hours).padStart(2, "0")}:${String(rest).padStart(2, "0")}`;
};

describe("a timestamp", () => {
  it.each([
    ["2027-01-31T23:59:59Z", "2027-01-31T23:59:59.000Z"],
    ["2027-01-31t23:59:59z", "2027-01-31T23:59:59.000Z"],
    ["2027-01-31T23:59:59.5Z", "2027-01-31T23:59:59.500Z"],
    ["2027-01-31T23:59:59.123456789Z", "2027-01-31T23:59:59.123Z"],
    ["2027-01-31T23:59:59.9999Z", "2027-01-31T23:59:59.999Z"],
    ["2027-02-01T01:29:59+01:30", "2027-01-31T23:59:59.000Z"],
    ["2027-01-31T18:59:59-05:00", "2027-01-31T23:59:59.000Z"],
    ["2028-02-29T00:00:00-00:00", "2028-02-29T00:00:00.000Z"],
    ["2000-02-29T00:00:00+00:00", "2000-02-29T00:00:00.000Z"],
  ])("is read from %s", (text, expected) => {
    expect(toTimestamp(parseTimestamp(text) ?? Number.NaN)).toBe(expected);
  });

  it("is read as it was written, for every year of four digits", () => {
    fc.assert(
      fc.property(dates, (date) => {
        expect(parseTimestamp(toTimestamp(date.getTime()))).toBe(date.getTime());
      }),
      { numRuns: runs },
    );
    expect(parseTimestamp("0099-12-31T00:00:00Z")).toBe(new Date("0099-12-31T00:00:00Z").getTime());
  });

  it("is the same moment whatever offset it is written with", () => {
    const minutes = fc.integer({ min: -1439, max: 1439 });
    const recent = fc.date({ min: new Date(0), max: new Date("9998-12-31T00:00:00Z"), noInvalidDate: true });
    fc.assert(
      fc.property(recent, minutes, (date, offset) => {
        const local = new Date(date.getTime() + offset * 60_000).toISOString().replace("Z", offsetOf(offset));
        expect(parseTimestamp(local)).toBe(date.getTime());
      }),
      { numRuns: runs },
    );
  });

  it("is written as null where there is none", () => {
    expect(toTimestampOrNull(null)).toBeNull();
    expect(toTimestampOrNull(0)).toBe("1970-01-01T00:00:00.000Z");
  });

  it.each([
    ...["", "now", "2027-01-31", "2027-01-31T23:59:59", "2027-01-31 23:59:59Z", "2027-1-31T23:59:59Z"],
    ...["2027-13-01T00:00:00Z", "2027-00-01T00:00:00Z", "2027-02-29T00:00:00Z", "2100-02-29T00:00:00Z"],
    ...["2027-04-31T00:00:00Z", "2027-01-00T00:00:00Z", "2027-01-01T24:00:00Z", "2027-01-01T00:60:00Z"],
    ...["2027-01-01T00:00:61Z", "2027-01-01T00:00:00+24:00", "2027-01-01T00:00:00+01:60", "2027-01-01T00:00:00+0100"],
    ...["2027-01-01T00:00:00.Z", "2027-01-01T00:00:00,5Z", " 2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z\n"],
    ...["+02027-01-01T00:00:00Z", "-2027-01-01T00:00:00Z", "12027-01-01T00:00:00Z", "２０２７-01-01T00:00:00Z"],
    ...["1798761599000", "1e12", "2027-01-01T00:00:00.0000000000Z"],
  ])("is not read from %j", (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });

  it("is not read from a local time whose moment has a year of five digits, which could not be written again", () => {
    const moment = parseTimestamp("9999-12-31T23:59:59-23:59");
    expect(moment === undefined ? "refused" : toTimestamp(moment)).toMatch(/^(refused|\d{4}-.*)$/);
  });
});
