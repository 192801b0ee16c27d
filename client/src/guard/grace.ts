import type { Accepted } from "../api-types.ts";

/**
 * What a client should hear whose key was replaced and works for a while yet. The key counts as deprecated from now at
 * the latest; when it was replaced the verdict does not say.
 */
export const graceHeaders = ({ warnings, validUntil }: Accepted, sunset: boolean): [string, string][] => {
  const isRotating = Array.isArray(warnings) && warnings.some((warning) => warning?.code === "rotating");
  if (!isRotating) return [];
  const end = new Date(validUntil ?? Number.NaN);
  const hasEnd = !Number.isNaN(end.getTime());
  return [
    ["X-Key-Warning", "rotating"],
    ...(hasEnd ? [["X-Key-Valid-Until", end.toISOString()] as [string, string]] : []),
    ...(sunset ? [["Deprecation", `@${Math.floor(Date.now() / 1000)}`] as [string, string]] : []),
    ...(sunset && hasEnd ? [["Sunset", end.toUTCString()] as [string, string]] : []),
  ];
};

/** The headers of a response that came from elsewhere cannot be changed, so it is copied; a WebSocket stays in it. */
export const withHeaders = (response: Response, headers: readonly (readonly [string, string])[]): Response => {
  if (headers.length === 0) return response;
  const copy = new Response(response.body, response);
  for (const [name, value] of headers) copy.headers.set(name, value);
  return copy;
};
