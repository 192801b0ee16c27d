import type { Primaries, RetiredTagKey } from "../../core/register.ts";
import { seal } from "../crypto/envelope.ts";
import type { HmacSecret, Keyring } from "../crypto/keyring.ts";
import { foreignSecretNames, type SecretName } from "../secrets/foreign-secrets.ts";
import { fromBlob, type Row, SignedTable, type Signing, toBlob } from "./signed-table.ts";

const adoptedSecretsTable = {
  name: "adopted_secrets",
  key: ["fingerprint"],
  columns: ["fingerprint", "format", "kind", "current", "adopted_at", "epoch", "tag_key", "encryption_fingerprint"],
} as const;

type Kind = "encryption" | "hmac";

/**
 * How this object's record of its secrets and the deployment's keyring go together. `changed`: there is a new primary,
 * and the recorded one is still held, which proves that it is a rotation. `foreign`: the recorded one is not held.
 */
export type Standing = "adopted" | "unrecorded" | "changed" | "foreign";

/** The primaries an object has written under. The admin object's record is the authority and keeps every tag key too. */
export class AdoptedSecrets {
  readonly #signing: Omit<Signing, "hasWrittenUnder">;
  readonly #keyring: Keyring;
  readonly #keepsTagKeys: boolean;
  #known: ReadonlyMap<string, { readonly kind: Kind; readonly current: boolean }> = new Map();

  constructor(signing: Omit<Signing, "hasWrittenUnder">, keyring: Keyring) {
    this.#signing = signing;
    this.#keyring = keyring;
    this.#keepsTagKeys = signing.object === "admin";
    this.reload();
  }

  reload(): void {
    const rows = this.#signing.sql.exec<{ fingerprint: string; kind: Kind; current: number }>(
      "SELECT fingerprint, kind, current FROM adopted_secrets",
    );
    this.#known = new Map(
      [...rows].map(({ fingerprint, kind, current }) => [fingerprint, { kind, current: current === 1 }]),
    );
  }

  has(fingerprint: string): boolean {
    return this.#known.has(fingerprint);
  }

  current(kind: Kind): string | null {
    for (const [fingerprint, secret] of this.#known) if (secret.kind === kind && secret.current) return fingerprint;
    return null;
  }

  standing(): Standing {
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
    const isHeld = (kind: Kind, fingerprint: string) => this.#keyring[kind].byFingerprint.has(fingerprint);
    if (!isHeld("encryption", encryption) || !isHeld("hmac", hmac)) return false;
    if (!this.has(encryption)) this.#record("encryption", encryption, false, now);
    if (!this.has(hmac)) this.#record("hmac", hmac, false, now);
    return true;
  }

  tagKeys(): RetiredTagKey[] {
    const rows = this.#signing.sql.exec<{ fingerprint: string; epoch: string; tag_key: ArrayBuffer }>(
      "SELECT fingerprint, epoch, tag_key FROM adopted_secrets WHERE tag_key IS NOT NULL ORDER BY fingerprint",
    );
    return [...rows].map(({ fingerprint, epoch, tag_key }) => ({ fingerprint, epoch, sealed: fromBlob(tag_key) }));
  }

  get #table(): SignedTable {
    const signing: Signing = { ...this.#signing, hasWrittenUnder: (fingerprint) => this.has(fingerprint) };
    return new SignedTable(signing, adoptedSecretsTable);
  }

  #recorded() {
    return { encryption: this.current("encryption"), hmac: this.current("hmac") };
  }

  #record(kind: Kind, fingerprint: string, current: boolean, now: number): void {
    const table = this.#table;
    if (current) {
      for (const row of [...table.select("WHERE kind = ? AND current = 1", kind)]) table.update(row, { current: 0 });
    }
    const known = table.first("WHERE fingerprint = ?", fingerprint);
    if (known) table.update(known, { current: current ? 1 : 0 });
    else table.insert(this.#row(kind, fingerprint, current, now));
    this.reload();
  }

  #row(kind: Kind, fingerprint: string, current: boolean, now: number): Row {
    const secret = kind === "hmac" ? this.#keyring.hmac.byFingerprint.get(fingerprint) : undefined;
    const row = { fingerprint, format: 1, kind, current: current ? 1 : 0, adopted_at: now };
    if (!secret || !this.#keepsTagKeys) return { ...row, epoch: null, tag_key: null, encryption_fingerprint: null };
    return { ...row, ...this.#sealedTagKey(secret) };
  }

  #sealedTagKey({ fingerprint, epoch, tagKey }: HmacSecret): Row {
    const { primary } = this.#keyring.encryption;
    const sealed = seal(primary, tagKeyPlace(fingerprint), tagKey);
    return { epoch, tag_key: toBlob(sealed), encryption_fingerprint: primary.fingerprint };
  }
}

export const tagKeyPlace = (fingerprint: string) =>
  ({
    purpose: "tag-key",
    object: "admin",
    table: "adopted_secrets",
    rowId: fingerprint,
    column: "tag_key",
  }) as const;
