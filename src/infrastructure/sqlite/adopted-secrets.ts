import type { Primaries, RetiredTagKey, SecretKind } from "../../core/register.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { adminObjectName } from "../object-names.ts";
import { foreignSecretNames, type SecretName } from "../secrets/foreign-secrets.ts";
import { resealTagKey, sealTagKey } from "./sealed-tag-key.ts";
import { fromBlob, type Row, SignedTable } from "./signed-table.ts";

const adoptedSecretsTable = {
  name: "adopted_secrets",
  key: ["fingerprint"],
  columns: ["fingerprint", "format", "kind", "current", "adopted_at", "epoch", "tag_key", "encryption_fingerprint"],
} as const;

/** What `current` says: the primary in use; written under, and perhaps still needed; needed by nothing any more. */
const standings = { primary: 1, former: 0, retired: 2 } as const;
type CurrentColumn = (typeof standings)[keyof typeof standings];

interface KnownSecret {
  readonly kind: SecretKind;
  readonly fingerprint: string;
  readonly adoptedAt: number;
  readonly isCurrent: boolean;
  readonly isRetired: boolean;
}

/**
 * How this object's record of its secrets and the deployment's keyring go together. `changed`: there is a new primary,
 * and the recorded one is still held, which proves that it is a rotation. `foreign`: the recorded one is not held. `altered`: the record itself
 * is not what was signed, and nothing follows from it.
 */
export type Standing = "adopted" | "unrecorded" | "changed" | "foreign" | "altered";

/** The primaries an object has written under. The admin object's record is the authority and keeps every tag key too. */
export class AdoptedSecrets {
  readonly #table: SignedTable;
  readonly #keyring: Keyring;
  readonly #keepsTagKeys: boolean;
  #known: ReadonlyMap<string, KnownSecret> = new Map();
  #isAltered = false;

  constructor(sql: SqlStorage, object: string, keyring: Keyring) {
    const hasWrittenUnder = (fingerprint: string, kind: SecretKind) => this.has(fingerprint, kind);
    this.#table = new SignedTable({ sql, object, ring: keyring.hmac, hasWrittenUnder }, adoptedSecretsTable);
    this.#keyring = keyring;
    this.#keepsTagKeys = object === adminObjectName;
    this.reload();
  }

  /**
   * A row whose signer is not held cannot be judged: it can make the deployment look foreign, and it retires nothing. Its
   * signer was a primary once, so a row of the same table tells of it. What a row names is told, so one that names
   * anything but fingerprints is none of ours.
   */
  reload(): void {
    const rows = [...this.#table.select("ORDER BY fingerprint")];
    const canBeJudged = (row: Row) => this.#keyring.hmac.byFingerprint.has(String(row.mac_fingerprint));
    const secrets = rows.map((row) => knownSecretOf(row, canBeJudged(row)));
    this.#known = new Map(secrets.map((secret) => [secret.fingerprint, secret]));
    const hasKnownSigner = (row: Row) => this.#known.get(String(row.mac_fingerprint))?.kind === "hmac";
    const isSound = (row: Row) =>
      namesFingerprints(row) && (canBeJudged(row) ? this.#table.isGenuine(row) : hasKnownSigner(row));
    this.#isAltered = !rows.every(isSound);
  }

  /** Records of this object may be under it. */
  has(fingerprint: string, kind: SecretKind): boolean {
    const known = this.#known.get(fingerprint);
    return known !== undefined && known.kind === kind && !known.isRetired;
  }

  all(): readonly KnownSecret[] {
    return [...this.#known.values()];
  }

  current(kind: SecretKind): string | null {
    return this.all().find((secret) => secret.kind === kind && secret.isCurrent)?.fingerprint ?? null;
  }

  standing(): Standing {
    if (this.#isAltered) return "altered";
    if (this.foreign().length > 0) return "foreign";
    const recorded = this.#recorded();
    if (recorded.encryption === null || recorded.hmac === null) return "unrecorded";
    const { encryption, hmac } = this.#keyring;
    const isCurrent =
      recorded.encryption === encryption.primary.fingerprint && recorded.hmac === hmac.primary.fingerprint;
    return isCurrent ? "adopted" : "changed";
  }

  foreign(): SecretName[] {
    return foreignSecretNames(this.#keyring, this.#recorded());
  }

  /** Records the deployment's own primaries as the ones in use. */
  recordPrimaries(now: number): void {
    const { encryption, hmac } = this.#keyring;
    this.#record("encryption", encryption.primary.fingerprint, true, now);
    this.#record("hmac", hmac.primary.fingerprint, true, now);
  }

  /** Takes in primaries that other objects write under already; false when this deployment does not hold them. */
  admit({ encryption, hmac }: Primaries, now: number): boolean {
    const isHeld = (kind: SecretKind, fingerprint: string) => this.#keyring[kind].byFingerprint.has(fingerprint);
    if (!isHeld("encryption", encryption) || !isHeld("hmac", hmac)) return false;
    if (!this.has(encryption, "encryption")) this.#record("encryption", encryption, false, now);
    if (!this.has(hmac, "hmac")) this.#record("hmac", hmac, false, now);
    return true;
  }

  /** Signs every entry, and seals every tag key, under the primaries. */
  renew(): ("renewed" | "present" | { readonly missing: string })[] {
    const outcomes = [...this.#table.select("ORDER BY fingerprint")].map((row) => this.#renewRow(row));
    this.reload();
    return outcomes;
  }

  /** Nothing is under any other than the primaries; their tag keys stay. */
  retireOthers(): void {
    for (const row of [...this.#table.select("WHERE current = ?", standings.former)]) {
      this.#change(row, standings.retired);
    }
    this.reload();
  }

  /** The envelope binds a tag key to its fingerprint, so these need no other proof. */
  tagKeys(): RetiredTagKey[] {
    const rows = this.#table.select("WHERE tag_key IS NOT NULL ORDER BY fingerprint");
    return [...rows].map(({ fingerprint, tag_key }) => ({
      fingerprint: String(fingerprint),
      sealed: fromBlob(tag_key),
    }));
  }

  #recorded() {
    return { encryption: this.current("encryption"), hmac: this.current("hmac") };
  }

  #record(kind: SecretKind, fingerprint: string, current: boolean, now: number): void {
    if (current) {
      const rows = [...this.#table.select("WHERE kind = ? AND current = ?", kind, standings.primary)];
      for (const row of rows) this.#change(row, standings.former);
    }
    const known = this.#table.first("WHERE fingerprint = ?", fingerprint);
    if (known) this.#change(known, current ? standings.primary : standings.former);
    else this.#table.insert(this.#row(kind, fingerprint, current, now));
    this.reload();
  }

  #change(row: Row, current: CurrentColumn): void {
    if (!this.#table.isGenuine(row)) throw new Error("the record of adopted secrets was changed from outside");
    this.#table.update(row, { current });
  }

  #renewRow(row: Row): "renewed" | "present" | { readonly missing: string } {
    const { encryption, hmac } = this.#keyring;
    const signer = String(row.mac_fingerprint);
    if (!hmac.byFingerprint.has(signer)) return { missing: signer };
    if (!this.#table.isGenuine(row)) throw new Error("the record of adopted secrets was changed from outside");
    const isSealedAnew = row.tag_key === null || row.encryption_fingerprint === encryption.primary.fingerprint;
    if (isSealedAnew && signer === hmac.primary.fingerprint) return "present";

    const sealer = String(row.encryption_fingerprint);
    if (row.tag_key !== null && !encryption.byFingerprint.has(sealer)) return { missing: sealer };
    this.#table.update(row, row.tag_key === null ? {} : resealTagKey(encryption, row));
    return "renewed";
  }

  #row(kind: SecretKind, fingerprint: string, current: boolean, now: number): Row {
    const secret = kind === "hmac" ? this.#keyring.hmac.byFingerprint.get(fingerprint) : undefined;
    const row = {
      fingerprint,
      format: 1,
      kind,
      current: current ? standings.primary : standings.former,
      adopted_at: now,
    };
    if (!secret || !this.#keepsTagKeys) return { ...row, epoch: null, tag_key: null, encryption_fingerprint: null };
    return { ...row, ...sealTagKey(this.#keyring.encryption, secret) };
  }
}

const knownSecretOf = (row: Row, isJudged: boolean): KnownSecret => ({
  kind: row.kind === "hmac" ? "hmac" : "encryption",
  fingerprint: String(row.fingerprint),
  adoptedAt: Number(row.adopted_at),
  isCurrent: row.current === standings.primary,
  isRetired: isJudged && row.current === standings.retired,
});

const namesFingerprints = ({ fingerprint, mac_fingerprint, encryption_fingerprint }: Row): boolean =>
  [fingerprint, mac_fingerprint, encryption_fingerprint ?? fingerprint].every((named) =>
    /^[0-9a-f]{16}$/.test(String(named)),
  );
