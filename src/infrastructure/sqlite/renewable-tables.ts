import { homeOf, isId, ordinalOf } from "../../core/api-key/key-string.ts";
import { open, seal } from "../crypto/envelope.ts";
import type { HmacSecret, Keyring } from "../crypto/keyring.ts";
import { fromHex, sha256, toHex } from "../crypto/primitives.ts";
import { adminObjectName, homeOfName } from "../object-names.ts";
import { apiKeysTable } from "./api-key-row.ts";
import { renewedSecretColumns } from "./protected-secret.ts";
import { fromBlob, type Row, type SignedTableDefinition, toBlob } from "./signed-table.ts";
import { adminsTable } from "./sqlite-admins.ts";
import { answerPlace, idempotencyRecordsTable } from "./sqlite-kept-answers.ts";
import { rolesTable } from "./sqlite-roles.ts";
import { sessionsTable } from "./sqlite-sessions.ts";
import { settingsTable } from "./sqlite-settings.ts";

interface Condition {
  readonly where: string;
  readonly bindings: readonly SqlStorageValue[];
}

/** Ours have 120 characters at most. Longer ones come from outside, and as a place they would not fit into the record of a run. */
const textBytesMax = 1000;

/** A table through which a re-encryption walks, in the order of its key. */
export interface RenewableTable {
  readonly definition: SignedTableDefinition;
  /** Null: before the first row. */
  readonly behind: (place: string | null) => Condition;
  /** Where a row stands, as SQL: in hex, because what is no UTF-8 would be read as another place. */
  readonly place: string;
  readonly nameOf: (row: Row) => string;
  /** Not revoked, and where its id leads: whoever presents its secret is told that it is tampered, and it can be revoked. */
  readonly isLive: (row: Row, object: string) => boolean;
  /** Its rows are counted by the secrets that protect them. */
  readonly isCounted: boolean;
  /**
   * What is sealed in a genuine row, sealed under the primaries, and its verifier; undefined where it is not what its own
   * secrets made.
   */
  readonly renewed: (keyring: Keyring, object: string, row: Row, secret: HmacSecret) => Row | undefined;
}

/** What a tampered row says of itself may be anything, so it is told only where it is a short word. */
const wordOf = (value: SqlStorageValue | undefined): string => {
  const text = value instanceof ArrayBuffer ? toHex(new Uint8Array(value)) : String(value);
  return /^[\w-]{1,40}$/.test(text) ? text : toHex(sha256(text)).slice(0, 16);
};

const named = ({ name }: SignedTableDefinition, column: string) => ({
  behind: (place: string | null) => ({
    where: `octet_length(${column}) <= ?${place === null ? "" : ` AND ${column} > CAST(? AS TEXT)`}`,
    bindings: [textBytesMax, ...(place === null ? [] : [toBlob(fromHex(place))])],
  }),
  place: `hex(${column})`,
  nameOf: (row: Row) => `${name}/${wordOf(row[column])}`,
});

const signedOnly = (definition: SignedTableDefinition): RenewableTable => ({
  definition,
  ...named(definition, "name"),
  isLive: () => false,
  isCounted: false,
  renewed: () => ({}),
});

const secretHolder = (definition: SignedTableDefinition, kind: "key" | "adm" | "ses") => ({
  definition,
  ...named(definition, "id"),
  nameOf: (row: Row) =>
    new RegExp(`^${kind}_[0-9A-Za-z]{20}$`).test(String(row.id)) ? String(row.id) : named(definition, "id").nameOf(row),
  isLive: (row: Row, object: string) =>
    object === adminObjectName && row.revoked_at === null && isId("adm", String(row.id)),
  isCounted: true,
  renewed: (keyring: Keyring, object: string, row: Row, secret: HmacSecret) => {
    const place = { object, table: definition.name, rowId: String(row.id) };
    return renewedSecretColumns(keyring, place, row, secret, row.recoverable === 1);
  },
});

const keptAnswers: RenewableTable = {
  definition: idempotencyRecordsTable,
  behind: (place) => {
    const ours = "octet_length(caller) + octet_length(key_digest) <= ?";
    if (place === null) return { where: ours, bindings: [textBytesMax] };
    const [caller = "", digest = ""] = place.split("/");
    return {
      where: `${ours} AND (caller, key_digest) > (CAST(? AS TEXT), ?)`,
      bindings: [textBytesMax, toBlob(fromHex(caller)), toBlob(fromHex(digest))],
    };
  },
  place: "hex(caller) || '/' || hex(key_digest)",
  nameOf: (row) => `${idempotencyRecordsTable.name}/${wordOf(toHex(fromBlob(row.key_digest)).slice(0, 16))}`,
  isLive: () => false,
  isCounted: true,
  renewed: ({ encryption }, object, row) => {
    if (row.answer === null) return {};
    const place = answerPlace(object, String(row.caller), fromBlob(row.key_digest));
    const answer = open(encryption, place, fromBlob(row.answer));
    if (!answer) return undefined;
    const sealed = toBlob(seal(encryption.primary, place, answer));
    return { answer: sealed, encryption_fingerprint: encryption.primary.fingerprint };
  },
};

const apiKeys: RenewableTable = {
  ...secretHolder(apiKeysTable, "key"),
  // Greater numbers come from outside, and no place could be told by them.
  behind: (place) => ({
    where: "ordinal > ? AND ordinal <= ?",
    bindings: [place === null ? Number.MIN_SAFE_INTEGER : Number(place), Number.MAX_SAFE_INTEGER],
  }),
  place: "ordinal",
  isLive: ({ id, ordinal, revoked_at }, object) =>
    object !== adminObjectName &&
    revoked_at === null &&
    isId("key", String(id)) &&
    ordinalOf(String(id)) === ordinal &&
    homeOf(String(id)) === homeOfName(object),
};

/** In the order of the walk: what the whole manager depends on first. Of the chains of events the key alone is sealed, in the state. */
export const renewableTables: readonly RenewableTable[] = [
  signedOnly(settingsTable),
  signedOnly(rolesTable),
  secretHolder(adminsTable, "adm"),
  { ...secretHolder(sessionsTable, "ses"), isLive: () => false },
  keptAnswers,
  apiKeys,
];
