import type { KeyView } from "../../src/core/api-key/key-view.ts";
import { isInGrace, type Metadata, type ModelKey, objectOfId, validUntil, viewOf } from "./key.ts";
import { type Changes, ModelObject, type Told } from "./object.ts";
import { matches, type Search } from "./search.ts";
import { type ModelVerdict, type Needs, refused, verdictOf } from "./verdict.ts";

interface Given {
  readonly name: string;
  readonly owner: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly metadata: Metadata;
  readonly enabled: boolean;
  readonly recoverable: boolean;
  readonly expiresAt: number | null;
  readonly predecessor: ModelKey | null;
  readonly lineage: string;
}

/** What chance decided and only the answer can tell. */
export interface Learned {
  readonly id: string;
  readonly key: string;
}

/** The manager as the contract tells of it: its objects with their times and events, and every key. */
export class Model {
  clock: number;
  requestId = "";
  /** Every key ever made, in the order they were; deleted ones too. */
  readonly keys: ModelKey[] = [];
  readonly objects: ReadonlyMap<string, ModelObject>;

  constructor(clock: number, shards: readonly string[]) {
    this.clock = clock;
    this.objects = new Map(shards.map((name) => [name, new ModelObject()]));
  }

  objectOf(id: string): ModelObject {
    const object = this.objects.get(objectOfId(id));
    if (!object) throw new Error(`there is no object for ${id}`);
    return object;
  }

  nowOf({ id }: ModelKey): number {
    return this.objectOf(id).now(this.clock);
  }

  viewOf(key: ModelKey): KeyView {
    return viewOf(key, this.nowOf(key));
  }

  /** Whether the object looks at the clock for it is its own affair. */
  look(id: string): ModelKey | undefined {
    this.objects.get(objectOfId(id))?.maySee(this.clock);
    return this.keys.find((key) => key.id === id && !key.isDeleted);
  }

  /** For an answer that depends on the time: if there is a key, its object has seen the clock. */
  find(id: string): ModelKey | undefined {
    const key = this.look(id);
    if (key) this.objectOf(id).see(this.clock);
    return key;
  }

  add({ id, key: keyString }: Learned, given: Given): ModelKey {
    const object = this.objectOf(id);
    object.takeId(id);
    const now = object.see(this.clock);
    const { name, owner, prefix, scopes, metadata, enabled, recoverable, expiresAt, predecessor, lineage } = given;
    const added: ModelKey = {
      ...{ name, owner, prefix, scopes, metadata, enabled, recoverable, expiresAt, predecessor, lineage },
      ...{ id, keyString, object: objectOfId(id), createdAt: now, updatedAt: now, version: 1 },
      ...{ successor: null, graceEndsAt: null, isGraceFinished: false },
      ...{ isUsed: false, lastUsedAt: null, writtenUseAt: null },
      ...{ revokedAt: null, revocationReason: null, revocationNote: null, isDeleted: false },
    };
    this.keys.push(added);
    return added;
  }

  change(key: ModelKey, changes: Partial<ModelKey>): void {
    Object.assign(key, changes);
    key.updatedAt = this.nowOf(key);
    key.version += 1;
  }

  tell(type: string, key: ModelKey, changes?: Changes, told: Told = {}): void {
    this.objectOf(key.id).tell(type, key, this.requestId, changes ? { ...told, changes } : told);
  }

  revoke(key: ModelKey, reason: string | null, note: string | null): void {
    this.change(key, { revokedAt: this.nowOf(key), revocationReason: reason, revocationNote: note });
    this.tell("key.revoked", key, undefined, { reason, note });
  }

  predecessorsInGrace({ predecessor }: ModelKey): ModelKey[] {
    if (!predecessor) return [];
    const older = this.predecessorsInGrace(predecessor);
    return isInGrace(predecessor, this.nowOf(predecessor)) ? [predecessor, ...older] : older;
  }

  /** Of a key string that was made here. */
  validate(key: ModelKey, needs: Needs): ModelVerdict {
    if (!this.find(key.id)) return refused("unknown", 401);
    const object = this.objectOf(key.id);
    const verdict = verdictOf(key, needs, object.seen);
    if (verdict.valid) {
      key.lastUsedAt = object.seen;
      if (key.predecessor && !key.isUsed) object.write();
      key.isUsed = true;
    }
    const end = validUntil(key) ?? Number.POSITIVE_INFINITY;
    const isOver = verdict.code === "expired" || verdict.code === "rotated";
    if (isOver && object.seen > end) object.written = Math.max(object.written, end + 1);
    return verdict;
  }

  /** What is in a list now, the newest first. */
  inList(search: Search): ModelKey[] {
    const isFound = (key: ModelKey) => !key.isDeleted && matches(search, key, this.nowOf(key));
    return this.keys.filter(isFound).sort((one, other) => (one.id < other.id ? 1 : -1));
  }

  /** A list makes every object look at the clock. */
  everyObjectSees(): void {
    for (const object of this.objects.values()) object.see(this.clock);
  }

  get isInDoubt(): boolean {
    return [...this.objects.values()].some((object) => object.isInDoubt);
  }

  keysIn(object: string): ModelKey[] {
    return this.keys.filter((key) => key.object === object);
  }

  hasUnwrittenUses(name: string): boolean {
    return this.keysIn(name).some((key) => !key.isDeleted && key.lastUsedAt !== key.writtenUseAt);
  }

  /** The object's alarm: what it held in memory is written. It may look at the clock for other ends of its own. */
  flush(name: string): void {
    const object = this.objects.get(name);
    object?.maySee(this.clock);
    if (object?.hasWritten) object.write();
    for (const key of this.keysIn(name)) key.writtenUseAt = key.lastUsedAt;
  }

  restart(name: string, storedTime: number): void {
    this.objects.get(name)?.restart(storedTime);
    for (const key of this.keysIn(name)) key.lastUsedAt = key.writtenUseAt;
  }
}
