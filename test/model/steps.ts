import type { NewKey, Patch, Revocation } from "./commands.ts";
import type { Filters } from "./search.ts";

/** Which key a step means: its number among some of those made so far, round and round; a negative one is nobody's. */
export interface Choice {
  readonly number: number;
  /** Where there are none of these, all are meant. */
  readonly among: "all" | "live" | "in grace" | "successors";
}

/** One step of a sequence, readable as JSON. `isolate` says which of the Worker's isolates is asked. */
export type Step = { readonly isolate: number } & (
  | { readonly do: "create"; readonly fields: Omit<NewKey, "expiresAt">; readonly expiresInMs: number | null }
  | { readonly do: "get"; readonly key: Choice }
  | { readonly do: "finish"; readonly key: Choice }
  | { readonly do: "delete"; readonly key: Choice }
  | { readonly do: "rotate"; readonly key: Choice; readonly graceSeconds: number }
  | { readonly do: "cancel"; readonly key: Choice; readonly force: boolean }
  | { readonly do: "reveal"; readonly key: Choice; readonly reason: string }
  | { readonly do: "revoke"; readonly key: Choice; readonly revocation: Revocation }
  | { readonly do: "patch"; readonly key: Choice; readonly fields: Patch; readonly expiresInMs: number | null }
  | { readonly do: "bad request"; readonly key: Choice; readonly which: number }
  | { readonly do: "validate"; readonly key: Choice; readonly form: KeyForm; readonly needs: StepNeeds }
  | { readonly do: "list"; readonly filters: Filters; readonly narrowedTo: NarrowedTo; readonly limit: number }
  | { readonly do: "page"; readonly filters: Filters; readonly limit: number }
  | { readonly do: "wrong cursor"; readonly limit: number }
  | { readonly do: "wait"; readonly milliseconds: number }
  | { readonly do: "step back"; readonly milliseconds: number }
  | { readonly do: "wait for the end"; readonly key: Choice; readonly pastMs: number }
  | { readonly do: "evict"; readonly object: number }
  | { readonly do: "alarm"; readonly object: number }
  | { readonly do: "restart" }
);

/** How a key string is presented. */
export type KeyForm = "as it is" | "in white space" | "with a typo" | "forged" | "of an admin";
type NarrowedTo = { readonly key: Choice; readonly by: "id" | "lineage" } | null;

export interface StepNeeds {
  readonly scopes?: readonly string[];
  readonly anyScope?: readonly string[];
  readonly prefixes?: readonly string[];
}

export type StepOf<Do extends Step["do"]> = Extract<Step, { readonly do: Do }>;
