import { base62Digits } from "../../src/core/api-key/base62.ts";
import { crcOf } from "../../src/core/api-key/key-string.ts";

const digits = (count: number): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(count)), (byte) => base62Digits.charAt(byte % 62)).join("");

interface Parts {
  readonly prefix?: string;
  readonly bareId?: string;
  readonly secret?: string;
  readonly epoch?: string;
  readonly tag?: string;
}

/** A key string of the right shape with a right crc, which anybody can make. */
export const forge = ({
  prefix = "lk_live",
  bareId = `0V${digits(6)}00${digits(10)}`,
  secret = digits(32),
  epoch = digits(1),
  tag = digits(8),
}: Parts): string => {
  const checked = `${prefix}_${bareId}_${secret}${epoch}${tag}`;
  return `${checked}${crcOf(checked)}`;
};

export const partsOf = (keyString: string): Required<Parts> => {
  const [tail = "", bareId = "", ...prefix] = keyString.split("_").toReversed();
  return {
    prefix: prefix.toReversed().join("_"),
    bareId,
    secret: tail.slice(0, 32),
    epoch: tail.slice(32, 33),
    tag: tail.slice(33, 41),
  };
};
