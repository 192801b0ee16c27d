import { customAlphabet } from "nanoid";
import { base62Digits } from "../../core/api-key/base62.ts";
import { crcOf } from "../../core/api-key/key-string.ts";
import { keyTag } from "./key-tag.ts";
import type { HmacSecret } from "./keyring.ts";

const randomSecret = customAlphabet(base62Digits, 32);

export const mintKeyString = (
  { tagKey, epoch }: HmacSecret,
  prefix: string,
  bareId: string,
  secret = randomSecret(),
): string => {
  const tagged = `${prefix}_${bareId}_${secret}${epoch}`;
  const checked = `${tagged}${keyTag(tagKey, tagged)}`;
  return `${checked}${crcOf(checked)}`;
};
