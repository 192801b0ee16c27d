import type { CreateKeyRequest, KeyCreated, Verdict } from "../api-types.ts";
import type { ValidationRequest } from "../guard/options.ts";
import type { KeyIssuerBinding } from "../issuer.ts";
import type { HeldKey } from "./held-key.ts";
import { createKey, type IssuerProps, issue } from "./issue.ts";
import { Store } from "./store.ts";
import { type ValidatorProps, validate } from "./validate.ts";

export interface TestValidator {
  validate(request: ValidationRequest): Promise<Verdict>;
}

export interface InMemoryKeys {
  /** Stands for a binding to `KeyValidator` with these props. */
  validator(props?: ValidatorProps): TestValidator;
  /** Stands for a binding to `KeyIssuer` with these props; without roles it may do nothing. */
  issuer(props?: IssuerProps): KeyIssuerBinding;
  /** A key to test with, whatever the rights of any binding. */
  create(fields?: Partial<CreateKeyRequest>): KeyCreated;
  enable(id: string): void;
  disable(id: string): void;
  /** As if somebody had changed the record in the store. */
  tamper(id: string): void;
  /** Time passes, for these keys alone. */
  advance(seconds: number): void;
  /** The manager is out of reach, or back again. */
  setDown(isDown: boolean): void;
}

/** What a binding passes on: a copy. */
const passedOn = <Value>(value: Value): Value => structuredClone(value);

/** An in-memory double of the manager's bindings: the same questions, the same answers, no manager. */
export const inMemoryKeys = (): InMemoryKeys => {
  const store = new Store();
  const change = (id: string, changes: Partial<HeldKey>): void => {
    const key = store.keys.get(id);
    if (!key) throw new Error(`there is no key ${id}`);
    store.change(key, changes);
  };
  const issuer = (props: IssuerProps): KeyIssuerBinding => {
    const call = async (method: "create" | "list" | "get" | "rotate" | "revoke", request: object) =>
      issue(store, props, method, passedOn(request)) as never;
    return {
      create: (request) => call("create", request),
      list: (request) => call("list", request),
      get: (request) => call("get", request),
      rotate: (request) => call("rotate", request),
      revoke: (request) => call("revoke", request),
    };
  };
  return {
    validator: (props = {}) => ({ validate: async (request) => passedOn(validate(store, props, passedOn(request))) }),
    issuer: (props = {}) => issuer(props),
    create: (fields = {}) => {
      const answer = createKey(store, {}, { name: "A key", owner: "acct_1", ...fields });
      if (!answer.ok) throw new Error(`the key could not be made: ${answer.code}`);
      return answer.value;
    },
    enable: (id) => change(id, { enabled: true }),
    disable: (id) => change(id, { enabled: false }),
    tamper: (id) => change(id, { isTampered: true }),
    advance: (seconds) => store.advance(seconds),
    setDown: (isDown) => {
      store.isDown = isDown;
    },
  };
};
