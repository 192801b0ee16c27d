import { toTimestamp } from "./api-key/key-view.ts";
import type { Changes } from "./audit-event.ts";

/** An event as it stands in the chain of its object; hashes are hex. What does not apply is null. */
export interface StoredEvent {
  readonly id: string;
  readonly at: number;
  readonly type: string;
  readonly actor: {
    readonly kind: string;
    readonly id: string | null;
    readonly lineage: string | null;
    readonly name: string | null;
  };
  readonly subject: {
    readonly kind: string;
    readonly id: string;
    readonly lineage: string | null;
    readonly owner: string | null;
    readonly prefix: string | null;
  };
  readonly requestId: string;
  readonly ip: string | null;
  readonly changes: Changes | null;
  readonly reason: string | null;
  readonly note: string | null;
  readonly chain: string;
  readonly sequence: number;
  readonly previousHash: string;
  readonly hash: string;
}

/** The same without what does not apply. */
type Told<Facts> = {
  readonly [Name in keyof Facts as null extends Facts[Name] ? never : Name]: Facts[Name];
} & {
  readonly [Name in keyof Facts as null extends Facts[Name] ? Name : never]?: NonNullable<Facts[Name]>;
};

/** An event as everybody outside sees it. */
export type EventView = Told<Omit<StoredEvent, "at" | "actor" | "subject">> & {
  readonly at: string;
  readonly actor: Told<StoredEvent["actor"]>;
  readonly subject: Told<StoredEvent["subject"]>;
};

const withoutNulls = <Facts extends object>(facts: Facts): Told<Facts> =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null)) as Told<Facts>;

export const viewOfEvent = (event: StoredEvent): EventView => {
  const { id, at, type, actor, subject, requestId, ip, changes, reason, note, chain, sequence } = event;
  const { previousHash, hash } = event;
  return {
    ...withoutNulls({ id, at: toTimestamp(at), type, actor: withoutNulls(actor), subject: withoutNulls(subject) }),
    ...withoutNulls({ requestId, ip, changes, reason, note, chain, sequence, previousHash, hash }),
  };
};
