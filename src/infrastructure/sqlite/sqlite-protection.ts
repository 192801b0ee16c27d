import type { Protection } from "../../core/ports.ts";
import type { RecordPlace, RenewedPart, TamperedRecord } from "../../core/reencryption.ts";
import type { AdoptedSecret, Primaries, SecretKind } from "../../core/register.ts";
import { type Keyring, primariesOf } from "../crypto/keyring.ts";
import { SecretMissing } from "../crypto/secret-missing.ts";
import type { AdoptedSecrets } from "./adopted-secrets.ts";
import type { ObjectState } from "./object-state.ts";
import { counterOf, countProtected, isRetired, noteRetired } from "./protection-counters.ts";
import { type RenewableTable, renewableTables } from "./renewable-tables.ts";
import { isSignable, type Row, SignedTable, type Signing } from "./signed-table.ts";

type Outcome = "renewed" | "present" | "tampered" | { readonly missing: string };

/** Rows of these are few, and counted when somebody asks. */
const uncountedTables = ["object_state", "settings", "roles", "adopted_secrets"];

/** Which secrets protect what is stored in this object, and the way from the old ones to the primaries. */
export class SqliteProtection implements Protection {
  readonly object: string;
  readonly #signing: Signing;
  readonly #keyring: Keyring;
  readonly #adopted: AdoptedSecrets;
  readonly #state: ObjectState;

  constructor(signing: Signing, keyring: Keyring, adopted: AdoptedSecrets, state: ObjectState) {
    this.object = signing.object;
    this.#signing = signing;
    this.#keyring = keyring;
    this.#adopted = adopted;
    this.#state = state;
  }

  primaries(): Primaries {
    return primariesOf(this.#keyring);
  }

  secrets(): readonly AdoptedSecret[] {
    const uncounted = this.#uncounted();
    const recordsUnder = (kind: SecretKind, fingerprint: string): number => {
      const counter = counterOf(kind, fingerprint);
      return (this.#state.counters[counter] ?? 0) + (uncounted.get(counter) ?? 0);
    };
    const known = this.#adopted.all();
    const adopted = known.map(({ kind, fingerprint, adoptedAt, ...told }) => {
      const isOver = told.isRetired && isRetired(this.#state, fingerprint);
      return { kind, fingerprint, adoptedAt, isRetired: isOver, records: isOver ? 0 : recordsUnder(kind, fingerprint) };
    });
    const isUnknown = (fingerprint: string) => known.every((secret) => secret.fingerprint !== fingerprint);
    const unrecorded = (["encryption", "hmac"] as const).flatMap((kind) =>
      [...this.#keyring[kind].byFingerprint.keys()].filter(isUnknown).map((fingerprint) => {
        return { kind, fingerprint, adoptedAt: null, isRetired: false, records: recordsUnder(kind, fingerprint) };
      }),
    );
    // Whoever takes a secret out of the record of adopted ones makes no removal safe.
    return [...adopted, ...unrecorded.filter(({ records }) => records > 0)];
  }

  renew(after: RecordPlace | null, atMost: number): RenewedPart {
    const outcomes = after === null ? this.#renewOwn() : [];
    const tampered: TamperedRecord[] = [];
    let place: RecordPlace | null = null;
    let room = atMost;
    for (const renewable of this.#tablesFrom(after)) {
      const table = new SignedTable(this.#signing, renewable.definition);
      const start = after?.table === renewable.definition.name ? after.after : null;
      const rows = this.#rowsBehind(table, renewable, start, room);
      if (rows.length === room) place = this.#placeOfRow(renewable, start, room);
      for (const row of rows) {
        const outcome = this.#renewRow(table, renewable, row);
        outcomes.push(outcome);
        if (outcome !== "tampered") continue;
        tampered.push({ name: renewable.nameOf(row), holdsUp: renewable.isLive(row, this.object) });
      }
      room -= rows.length;
      if (room === 0) break;
    }
    const missing = outcomes.flatMap((outcome) => (typeof outcome === "object" ? [outcome.missing] : []));
    const renewed = outcomes.filter((outcome) => outcome === "renewed").length;
    return { renewed, tampered, missing, examinedTo: place };
  }

  retireOthers(): void {
    this.#adopted.retireOthers();
    for (const { fingerprint, isRetired } of this.#adopted.all()) if (isRetired) noteRetired(this.#state, fingerprint);
  }

  /** What the object keeps for itself: its state with the chain key, and the record of its secrets with their tag keys. */
  #renewOwn(): Outcome[] {
    this.#state.protectAnew();
    return this.#adopted.renew();
  }

  #tablesFrom(after: RecordPlace | null): readonly RenewableTable[] {
    const names = renewableTables.map(({ definition }) => definition.name);
    return renewableTables.slice(after === null ? 0 : Math.max(0, names.indexOf(after.table)));
  }

  /** Read whole before the first is written. */
  #rowsBehind(table: SignedTable, { definition, behind }: RenewableTable, place: string | null, atMost: number): Row[] {
    const { where, bindings } = behind(place);
    const order = definition.key.join(", ");
    return [...table.select(`WHERE ${where} ORDER BY ${order} LIMIT ?`, ...bindings, atMost)];
  }

  #placeOfRow({ definition, behind, place }: RenewableTable, start: string | null, number: number): RecordPlace {
    const { where, bindings } = behind(start);
    const rest = `FROM ${definition.name} WHERE ${where} ORDER BY ${definition.key.join(", ")} LIMIT 1 OFFSET ?`;
    const { after = null } = this.#signing.sql.exec(`SELECT ${place} AS after ${rest}`, ...bindings, number - 1).one();
    return { table: definition.name, after: String(after) };
  }

  #renewRow(table: SignedTable, renewable: RenewableTable, row: Row): Outcome {
    try {
      const secret = table.secretOf(row);
      if (!secret || !table.isGenuine(row)) return "tampered";
      const { encryption, hmac } = this.primaries();
      const isSealedAnew = row.encryption_fingerprint == null || row.encryption_fingerprint === encryption;
      if (isSealedAnew && secret.fingerprint === hmac) return "present";

      const changes = renewable.renewed(this.#keyring, this.object, row, secret);
      if (!changes) return "tampered";
      table.update(row, changes);
      if (renewable.isCounted) {
        countProtected(this.#state, row, -1);
        countProtected(this.#state, { ...row, ...changes, mac_fingerprint: hmac }, 1);
      }
      return "renewed";
    } catch (error) {
      if (!(error instanceof SecretMissing)) throw error;
      const { fingerprint } = error;
      const wasOurs = this.#adopted.has(fingerprint, "hmac") || this.#adopted.has(fingerprint, "encryption");
      return wasOurs ? { missing: fingerprint } : "tampered";
    }
  }

  #uncounted(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    const add = (counter: string, count: SqlStorageValue | undefined) =>
      counts.set(counter, (counts.get(counter) ?? 0) + (isSignable(count ?? 0) ? Number(count) : 0));
    for (const table of uncountedTables) {
      const isSealed = table === "object_state" || table === "adopted_secrets";
      const columns = isSealed ? ["encryption", "mac"] : ["mac"];
      for (const column of columns) {
        const name = `${column}_fingerprint`;
        const rows = this.#signing.sql.exec(`SELECT ${name}, count(*) AS count FROM ${table} GROUP BY ${name}`);
        for (const row of rows) add(`${column}:${row[name]}`, row.count);
      }
    }
    return counts;
  }
}
