import { type ProblemCode, wireCodeOf } from "./failures.ts";
import { type AnyDeclaration, isConditional, takesBody } from "./route.ts";

const ofEveryRoute: readonly ProblemCode[] = ["secret_in_url", "internal_error"];
const ofSettings: readonly ProblemCode[] = ["not_configured", "storage_unavailable", "overloaded"];
const ofCredentials: readonly ProblemCode[] = ["multiple_credentials", "missing_credential", "invalid_credential"];
const ofBodies: readonly ProblemCode[] = ["unsupported_media_type", "payload_too_large"];
const ofRepeats: readonly ProblemCode[] = ["exceeds_grantor", "idempotency_mismatch", "idempotency_spent"];

const takesSession = ({ access }: AnyDeclaration): boolean => typeof access === "object" || access === "any-admin";

/** Every code the outside can meet at a route: what the way to it refuses by its kind, and what the route declares. */
export const refusalsOf = (declaration: AnyDeclaration): readonly ProblemCode[] => {
  const { access, onceOnly, refusals } = declaration;
  const isOpen = access === "open" || access === "public";
  const codes = [
    ...ofEveryRoute,
    // A gateway's mistake in its request would reach its client as a 400.
    ...(access === "gateway" ? [] : (["invalid_request"] as const)),
    ...(access === "open" ? [] : ofSettings),
    ...(isOpen ? [] : ofCredentials),
    ...(typeof access === "object" ? (["forbidden"] as const) : []),
    ...(takesSession(declaration) && takesBody(declaration) ? (["csrf"] as const) : []),
    ...(takesBody(declaration) ? ofBodies : []),
    ...(onceOnly ? ofRepeats : []),
    ...(isConditional(declaration) ? (["version_mismatch"] as const) : []),
    ...refusals,
  ];
  return [...new Set(codes.map(wireCodeOf))];
};
