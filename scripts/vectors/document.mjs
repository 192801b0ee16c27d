// The shape of a document of vectors: what every section computes from its inputs, and how a document is checked.

import { fieldFromJson, frame, toHex } from "./bytes.mjs";
import {
  checksumDigits,
  columnValue,
  encryptionSubKeys,
  eventChain,
  hmacSubKeys,
  keyString,
  listCursor,
  openEnvelope,
  rowSignature,
  sealEnvelope,
} from "./storage.mjs";

/** In this order: the secrets come before what is made with them. Each function gives the outputs of one vector. */
const sections = {
  checksums: ({ text }) => ({ crc: checksumDigits(text) }),
  encryption_keys: ({ secret }) => encryptionSubKeys(secret),
  hmac_secrets: ({ secret }) => hmacSubKeys(secret),
  frames: ({ fields }) => ({ frame: toHex(frame(...fields.map(fieldFromJson))) }),
  keys: (vector, document) =>
    keyString(vector, hmacSecret(document, vector.tag_fingerprint), hmacSecret(document, vector.verifier_fingerprint)),
  envelopes: (vector, document) => sealEnvelope(vector, encryptionKey(document, vector.encryption_fingerprint)),
  chains: (vector) => eventChain(vector),
  rows: (vector, document) => rowSignature(vector, hmacSecret(document, columnValue(vector.row, "mac_fingerprint"))),
  cursors: (vector, document) => listCursor(vector, hmacSecret(document, vector.hmac_fingerprint)),
};

function withFingerprint(candidates, fingerprint) {
  const found = candidates.find((candidate) => candidate.fingerprint === fingerprint);
  if (!found) throw new Error(`no secret has the fingerprint ${JSON.stringify(fingerprint)}`);
  return found;
}

const encryptionKey = (document, fingerprint) => withFingerprint(document.encryption_keys, fingerprint);
const hmacSecret = (document, fingerprint) => withFingerprint(document.hmac_secrets, fingerprint);

/** The vectors with their outputs. */
export async function complete(section, vectors, document) {
  return Promise.all(vectors.map(async (vector) => ({ ...vector, ...(await sections[section](vector, document)) })));
}

/** Throws at the first value that is not as expected; gives the number of values compared. */
function compare(path, expected, found) {
  if (typeof expected !== "object" || expected === null) {
    if (expected !== found)
      throw new Error(`${path}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
    return 1;
  }
  if (typeof found !== "object" || found === null)
    throw new Error(`${path}: expected an object, found ${JSON.stringify(found)}`);
  if (Array.isArray(expected) && expected.length !== found.length)
    throw new Error(`${path}: expected ${expected.length} entries`);
  const counts = Object.keys(expected).map((key) => compare(`${path}.${key}`, expected[key], found[key]));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function recompute(section, path, vector, document) {
  try {
    const outputs = await sections[section](vector, document);
    const count = compare(path, outputs, vector);
    if (section !== "envelopes") return count;
    const plaintext = await openEnvelope(vector, (fingerprint) => encryptionKey(document, fingerprint));
    return count + compare(path, { plaintext }, vector);
  } catch (error) {
    throw error.message.startsWith(path) ? error : new Error(`${path}: ${error.message}`);
  }
}

/** Recomputes a whole document from its inputs and opens its envelopes; gives the number of values compared. */
export async function checkDocument(document) {
  let count = 0;
  for (const section of Object.keys(sections)) {
    const vectors = document[section];
    if (!Array.isArray(vectors) || vectors.length === 0) throw new Error(`${section}: no vectors`);
    for (const [index, vector] of vectors.entries())
      count += await recompute(section, `${section}.${index}`, vector, document);
  }
  return count;
}
