/** What a list cursor is good for: this list, with these filters, for a caller with these constraints. */
export interface ListScope {
  readonly route: string;
  readonly filters: string;
  readonly constraints: string;
}
