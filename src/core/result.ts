export interface Success<Value> {
  readonly ok: true;
  readonly value: Value;
  /** This is the answer that an earlier request with the same Idempotency-Key was given. */
  readonly replayed?: boolean;
}

export interface Refusal<Failure> {
  readonly ok: false;
  readonly failure: Failure;
}

export const succeed = <Value>(value: Value): Success<Value> => ({ ok: true, value });

export const refuse = <const Failure extends { readonly code: string }>(failure: Failure): Refusal<Failure> => ({
  ok: false,
  failure,
});
