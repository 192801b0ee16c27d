/** In ASCII order, so that padded numbers sort as text. */
export const base62Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export const toBase62 = (value: number | bigint, length: number): string => {
  let rest = BigInt(value);
  let text = "";
  while (text.length < length) {
    text = `${base62Digits[Number(rest % 62n)]}${text}`;
    rest /= 62n;
  }
  if (rest > 0n) throw new RangeError("the number has more base62 digits than asked for");
  return text;
};

/** The number a run of base62 digits stands for; 8 digits are exact (62^8 is below 2^53). */
export const fromBase62 = (text: string): number => {
  let value = 0;
  for (const digit of text) value = value * 62 + base62Digits.indexOf(digit);
  return value;
};
