const pattern = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/** The end of the year 9999: nothing later has four digits for its year. */
const greatestTime = 253_402_300_799_999;

/** Milliseconds since 1970 of an RFC 3339 time, any offset, smaller fractions cut off; undefined for anything else. */
export const parseTimestamp = (text: string): number | undefined => {
  const [, date, clock, fraction = "", sign, hours = "0", minutes = "0"] = pattern.exec(text) ?? [];
  if (date === undefined || clock === undefined || Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const canonical = `${date}T${clock}.${fraction.padEnd(3, "0").slice(0, 3)}Z`;
  const local = Date.parse(canonical);
  // A day that does not exist is read as a later one, or not at all.
  if (Number.isNaN(local) || new Date(local).toISOString() !== canonical) return undefined;

  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === "-" ? -1 : 1);
  const time = local - offsetMs;
  return time <= greatestTime ? time : undefined;
};
