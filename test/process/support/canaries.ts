import { randomBytes } from "node:crypto";
import { encryptionKeyOf, hmacSecretOf } from "../../../src/infrastructure/crypto/keyring.ts";

type Form = "base64" | "base64url" | "hex";

/** One of the manager's own secrets, random and so found nowhere by accident. */
export interface Canary {
  readonly bytes: Buffer;
  readonly given: string;
}

export const canary = (form: Form): Canary => {
  const bytes = randomBytes(32);
  return { bytes, given: bytes.toString(form) };
};

/** What must be found nowhere. */
export interface Needle {
  readonly name: string;
  readonly text: string;
}

const partLength = 12;

/** Beginning, middle and end: a part of a secret is one too. */
const partsOf = (text: string): string[] => {
  const middle = Math.floor((text.length - partLength) / 2);
  return [0, middle, text.length - partLength].map((from) => text.slice(from, from + partLength));
};

/** In any form in which a program writes bytes; in a file of a database they stand as they are. */
const needlesOfBytes = (name: string, bytes: Buffer): Needle[] => {
  const written = (["base64", "base64url", "hex"] as const).flatMap((form) =>
    partsOf(bytes.toString(form)).map((text) => ({ name: `${name} as ${form}`, text })),
  );
  const raw = partsOf(bytes.toString("latin1")).map((text) => ({ name: `${name} as bytes`, text }));
  const listed = [...bytes.subarray(0, 8)].join(",");
  return [
    ...written,
    ...raw,
    { name: `${name} as HEX`, text: bytes.toString("hex").toUpperCase().slice(0, 16) },
    { name: `${name} as numbers`, text: listed },
  ];
};

/** The secret itself, and every sub-key that is derived from it, whichever of the two it is. */
export const needlesOf = (name: string, { bytes, given }: Canary): Needle[] => {
  const derived = Object.entries({ ...encryptionKeyOf(bytes), ...hmacSecretOf(bytes) }).flatMap(([part, value]) =>
    value instanceof Uint8Array ? needlesOfBytes(`${part} of ${name}`, Buffer.from(value)) : [],
  );
  return [
    ...partsOf(given).map((text) => ({ name: `${name} as given`, text })),
    ...needlesOfBytes(name, bytes),
    ...derived,
  ];
};

export interface Haystack {
  readonly where: string;
  readonly text: string;
}

export const hitsIn = (haystacks: readonly Haystack[], needles: readonly Needle[]): string[] => [
  ...new Set(
    haystacks.flatMap(({ where, text }) =>
      needles.filter((needle) => text.includes(needle.text)).map(({ name }) => `${name}: ${where}`),
    ),
  ),
];
