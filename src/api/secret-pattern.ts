const keyShape = /[a-z][a-z0-9]{0,15}(?:_[a-z0-9]{1,16})?_[0-9A-Za-z]{20}_[0-9A-Za-z]{47}/;
const keyShapes = new RegExp(keyShape, "g");
const decodingsMax = 3;

/** Only ASCII is decoded, byte by byte: a key is nothing else, and no broken escape beside it can hide it. */
const decodedOnce = (text: string): string =>
  text.replace(/%([0-7][0-9a-f])/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Something shaped like a whole key stands in the URL, plainly or behind up to three layers of escapes. */
export const holdsKey = (url: string): boolean => {
  let text = url;
  for (let layer = 0; layer <= decodingsMax; layer += 1) {
    if (keyShape.test(text)) return true;
    const decoded = decodedOnce(text);
    if (decoded === text) return false;
    text = decoded;
  }
  return false;
};

/** For texts that a client wrote and an answer or a log line repeats. */
export const withoutKeys = (text: string): string => text.replace(keyShapes, "[key]");
