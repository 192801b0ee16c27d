/** What is known of one object's chain of events. */
export interface VerifiedChain {
  readonly object: string;
  /** How many events it ought to hold. */
  readonly events: number;
  /** The sequence up to which every event is the one that was written. */
  readonly verifiedThrough: number;
  /** The hash of the newest event, in hex; null when the record of it cannot be believed. */
  readonly head: string | null;
  /** The sequence of the first event that is missing, changed, or one too many. */
  readonly firstBroken?: number;
}
