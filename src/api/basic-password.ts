const basic = /^Basic[ \t]+([A-Za-z0-9+/]+={0,2})$/i;

/**
 * The password of `Authorization: Basic`, whoever the user is (RFC 7617). OAuth clients write user and password as in a
 * form before they join them (RFC 6749, section 2.3.1), and many of them escape the `_` of a key.
 */
export const basicPassword = (authorization: string): string | null => {
  const [, encoded] = basic.exec(authorization) ?? [];
  if (encoded === undefined) return null;
  try {
    const [, password] = /^[^:]*:(.*)$/s.exec(atob(encoded)) ?? [];
    return password === undefined ? null : decodeURIComponent(password.replaceAll("+", " "));
  } catch {
    return null;
  }
};
