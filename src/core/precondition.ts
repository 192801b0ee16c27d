/** A command that is meant for the resource as its sender last saw it. */
export interface Conditional {
  /** Only in one of these versions; absent where any will do. */
  readonly ifVersions?: readonly number[];
  /** Only if there is such a resource, in whatever version. */
  readonly ifExists?: true;
}

export const isMet = ({ ifVersions }: Conditional, version: number): boolean =>
  ifVersions === undefined || ifVersions.includes(version);
