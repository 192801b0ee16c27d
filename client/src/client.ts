export type * from "./api-types.ts";
export { type GuardedHandler, guard } from "./guard/guard.ts";
export { honoGuard } from "./guard/hono-guard.ts";
export { type IttyGuard, ittyGuard } from "./guard/itty-guard.ts";
export type {
  ByRequest,
  GuardOptions,
  GuardVariables,
  KeyValidatorBinding,
  Refusal,
  ValidationRequest,
} from "./guard/options.ts";
export type {
  CreateCall,
  GetCall,
  IssuerAnswer,
  IssuerRefusal,
  KeyIssuerBinding,
  ListCall,
  RevokeCall,
  RotateCall,
} from "./issuer.ts";
export { createLatchkey, type Latchkey } from "./rest/create-latchkey.ts";
export type { List, Page } from "./rest/list.ts";
export { LatchkeyProblem } from "./rest/problem.ts";
export type { Call, CallOptions, ChangeOptions, ConditionalOptions, LatchkeyOptions, Send } from "./rest/send.ts";
