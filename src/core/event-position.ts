/** The place of an event in the order over all objects: by time, then by object, then by its place in the object's chain. */
export interface EventPosition {
  readonly at: number;
  readonly chain: string;
  readonly sequence: number;
}

const atDigits = 15;
/** The times that a position can tell of, far beyond all dates. */
export const latestMoment = 10 ** atDigits - 1;
const sequenceDigits = 16;
const pattern = /^([0-9]{15})\.([a-z0-9-]{1,64})\.([0-9]{16})$/;

/** Only somebody outside can have written a number that is too small or too great; the order holds all the same. */
const padded = (value: number, digits: number): string =>
  String(Math.min(Math.max(0, value), 10 ** digits - 1)).padStart(digits, "0");

/** Texts of positions sort, in plain code-unit order, as the positions do: a dot comes before every digit. */
export const positionText = ({ at, chain, sequence }: EventPosition): string =>
  `${padded(at, atDigits)}.${chain}.${padded(sequence, sequenceDigits)}`;

export const positionOf = (text: string): EventPosition | undefined => {
  const [, at, chain = "", sequence] = pattern.exec(text) ?? [];
  return at === undefined ? undefined : { at: Number(at), chain, sequence: Number(sequence) };
};
