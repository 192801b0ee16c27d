/** A part of a list that one object keeps whole. */
export interface ListPage<Item> {
  readonly items: readonly Item[];
  /** Where to go on; null when nothing is left. */
  readonly examinedTo: string | null;
}
