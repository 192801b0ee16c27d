import type { ModelKey } from "./key.ts";

export interface ModelEvent {
  readonly type: string;
  readonly at: number;
  readonly requestId: string;
  readonly subject: { readonly id: string; readonly lineage: string; readonly owner: string; readonly prefix: string };
  readonly changes: Changes | null;
  readonly reason: string | null;
  readonly note: string | null;
}

export type Changes = Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>;

export interface Told {
  readonly changes?: Changes;
  readonly reason?: string | null;
  readonly note?: string | null;
}

/** The time of one object. It never goes back while the object lives, and after its death by little. */
export class ModelObject {
  readonly events: ModelEvent[] = [];
  /** The greatest time it has surely seen. */
  seen = 0;
  /** It may have looked at the clock as late as this. */
  perhapsSeen = 0;
  /** An eviction cannot take it back behind this. */
  written = 0;
  hasWritten = false;
  newestId = "";

  now(clock: number): number {
    return Math.max(this.seen, clock);
  }

  see(clock: number): number {
    this.seen = this.now(clock);
    return this.seen;
  }

  maySee(clock: number): void {
    this.perhapsSeen = Math.max(this.perhapsSeen, clock);
  }

  get isInDoubt(): boolean {
    return this.perhapsSeen > this.seen;
  }

  write(): void {
    this.written = this.seen;
    this.hasWritten = true;
  }

  tell(type: string, { id, lineage, owner, prefix }: ModelKey, requestId: string, told: Told = {}): void {
    const { changes = null, reason = null, note = null } = told;
    this.events.push({
      type,
      at: this.seen,
      requestId,
      subject: { id, lineage, owner, prefix },
      changes,
      reason,
      note,
    });
    this.write();
  }

  /** An id is newer than all before it of the same object; its first 8 characters alone decide. */
  takeId(id: string): void {
    const [time, newest] = [id, this.newestId].map((text) => text.slice(4, 12));
    if (!/^key_[0-9A-Za-z]{20}$/.test(id)) throw new Error(`${id} has not the shape of an id`);
    if (time === undefined || newest === undefined || time <= newest) {
      throw new Error(`the id ${id} is not newer than ${this.newestId}`);
    }
    this.newestId = id;
  }

  /** The stored time is the object's own affair within these bounds. */
  expectTime(stored: number): void {
    const most = Math.max(this.seen, this.perhapsSeen);
    if (stored >= this.written && stored <= most) return;
    throw new Error(`the stored time ${stored} is not from ${this.written} to ${most}`);
  }

  /** After an eviction it knows what it had stored. */
  restart(stored: number): void {
    this.expectTime(stored);
    this.seen = stored;
    this.perhapsSeen = stored;
    this.written = stored;
  }
}
