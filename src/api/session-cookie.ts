import { sessionSecondsMax } from "../core/access/session.ts";

const loopbackNames = ["localhost", "127.0.0.1", "[::1]"];

const isPlainLoopback = ({ protocol, hostname }: URL): boolean =>
  protocol === "http:" && loopbackNames.includes(hostname);

/** Browsers keep a `__Host-` cookie for this very host and only over TLS, which there is none of on a loopback address. */
const cookieNameOf = (url: URL): string => (isPlainLoopback(url) ? "latchkey" : "__Host-latchkey");

const attributesOf = (url: URL): string => `Path=/; HttpOnly; SameSite=Strict${isPlainLoopback(url) ? "" : "; Secure"}`;

export const sessionCookie = (url: URL, token: string): string =>
  `${cookieNameOf(url)}=${token}; Max-Age=${sessionSecondsMax}; ${attributesOf(url)}`;

export const endedSessionCookie = (url: URL): string => `${cookieNameOf(url)}=; Max-Age=0; ${attributesOf(url)}`;

/** Every value that stands under the cookie's name. More than one is not for us to choose from. */
export const sessionTokensOf = (headers: Headers, url: URL): string[] => {
  const beginning = `${cookieNameOf(url)}=`;
  const pairs = (headers.get("Cookie") ?? "").split(";").map((pair) => pair.trim());
  const values = pairs.filter((pair) => pair.startsWith(beginning)).map((pair) => pair.slice(beginning.length));
  return [...new Set(values.filter((value) => value !== ""))];
};

const safeMethods = ["GET", "HEAD", "OPTIONS"];

/** Behind a proxy that ends TLS the request is plain http and the page is not; the host is the same. */
const ownOrigins = (url: URL): string[] =>
  url.protocol === "http:" && !isPlainLoopback(url) ? [url.origin, `https://${url.host}`] : [url.origin];

/**
 * A browser sends a cookie whosever page asks. What changes something must come from a page of this origin, and the
 * browser itself must say so: no page can set these two headers.
 */
export const isFromOwnPage = ({ method, headers }: Request, url: URL): boolean =>
  safeMethods.includes(method) ||
  (ownOrigins(url).includes(headers.get("Origin") ?? "") && headers.get("Sec-Fetch-Site") === "same-origin");
