import { hmacSha256, isEqual, sha256 } from "./primitives.ts";

/** What stands for a key string wherever the string itself need not go. */
export const digestOf = (keyString: string): Uint8Array => sha256(keyString);

export const verifierOf = (verifierKey: Uint8Array, digest: Uint8Array): Uint8Array => hmacSha256(verifierKey, digest);

export const isVerifierOf = (verifierKey: Uint8Array, digest: Uint8Array, verifier: Uint8Array): boolean =>
  isEqual(verifierOf(verifierKey, digest), verifier);
