import type { Protection } from "../../core/ports.ts";
import type { RecordPlace, RenewedPart, TamperedRecord } from "../../core/reencryption.ts";
import type { AdoptedSecret, Primaries, SecretKind } from "../../core/register.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { SecretMissing } from "../crypto/secret-missing.ts";
import type { AdoptedSecrets } from "./adopted-secrets.ts";
import type { ObjectState } from "./object-state.ts";
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
    const { encryption, hmac } = this.#keyring;
    return { encryption: encryption.primary.fingerprint, hmac: hmac.primary.fingerprint };
  }

  secrets(): readonly AdoptedSecret[] {
    const uncounted = this.#uncounted();
    const recordsUnder = (kind: SecretKind, fingerprint: string): number => {
      const counter = `${kind === "hmac" ? "mac" : kind}:${fingerprint}`;
      return (this.#state.counters[counter] ?? 0) + (uncounted.get(counter) ?? 0);
    };
    const adopted = this.#adopted.all().map(({ kind, fingerprint, adoptedAt, ...known }) => {
      const isRetired = known.isRetired && this.#state.isRetired(fingerprint);
      const records = isRetired ? 0 : recordsUnder(kind, fingerprint);
      return { kind, fingerprint, adoptedAt, isRetired, records };
    });
    const known = new Set(adopted.map(({ fingerprint }) => fingerprint));
    // Whoever takes a secret out of the record of adopted ones makes no removal safe.
    const unrecorded = (["encryption", "hmac"] as const).flatMap((kind) =>
      [...this.#keyring[kind].byFingerprint.keys()]
        .filter((fingerprint) => !known.has(fingerprint) && recordsUnder(kind, fingerprint) > 0)
        .map((fingerprint) => ({
          kind,
          fingerprint,
          adoptedAt: null,
          isRetired: false,
          records: recordsUnder(kind, fingerprint),
        })),
    );
    return [...adopted, ...unrecorded];
  }

  renew(after: RecordPlace | null, atMost: number): RenewedPart {
    const outcomes = after === null ? this.#renewOwn() : [];
    const tampered: TamperedRecord[] = [];
    let place: RecordPlace | null = null;
    let room = atMost;
    for (const table of this.#tablesFrom(after)) {
      const start = after?.table === table.definition.name ? after.after : null;
      const rows = this.#rowsBehind(table, start, room);
      if (rows.length === room) place = this.#placeOfRow(table, start, room);
      for (const row of rows) {
        const outcome = this.#renewRow(table, row);
        outcomes.push(outcome);
        if (outcome === "tampered") tampered.push({ name: table.nameOf(row), holdsUp: table.isLive(row, this.object) });
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
    for (const { fingerprint, isRetired } of this.#adopted.all()) if (isRetired) this.#state.noteRetired(fingerprint);
  }

  /** What the object keeps for itself: its state with the chain key, and the record of its secrets with their tag keys. */
  #renewOwn(): Outcome[] {
    this.#state.protectAnew();
    return this.#adopted.renew().map((outcome): Outcome => outcome);
  }

  #tablesFrom(after: RecordPlace | null): readonly RenewableTable[] {
    const names = renewableTables.map(({ definition }) => definition.name);
    return renewableTables.slice(after === null ? 0 : Math.max(0, names.indexOf(after.table)));
  }

  /** Read whole before the first is written. */
  #rowsBehind({ definition, behind }: RenewableTable, place: string | null, atMost: number): Row[] {
    const table = new SignedTable(this.#signing, definition);
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

  #renewRow(renewable: RenewableTable, row: Row): Outcome {
    const table = new SignedTable(this.#signing, renewable.definition);
    try {
      const secret = table.secretOf(row);
      if (!secret || !table.isGenuine(row)) return "tampered";
      const { encryption, hmac } = this.primaries();
      const isSealedAnew = row.encryption_fingerprint == null || row.encryption_fingerprint === encryption;
      if (isSealedAnew && secret.fingerprint === hmac) return "present";

      const changes = renewable.renewed(this.#keyring, this.object, row, secret);
      if (!changes) return "tampered";
      table.update(row, changes);
      if (renewable.isCounted) this.#count(row, { ...row, ...changes, mac_fingerprint: hmac });
      return "renewed";
    } catch (error) {
      if (!(error instanceof SecretMissing)) throw error;
      const { fingerprint } = error;
      const wasOurs = this.#adopted.has(fingerprint, "hmac") || this.#adopted.has(fingerprint, "encryption");
      return wasOurs ? { missing: fingerprint } : "tampered";
    }
  }

  #count(before: Row, after: Row): void {
    for (const [row, change] of [
      [before, -1],
      [after, 1],
    ] as const) {
      if (row.encryption_fingerprint != null) this.#state.count(`encryption:${row.encryption_fingerprint}`, change);
      this.#state.count(`mac:${row.mac_fingerprint}`, change);
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
