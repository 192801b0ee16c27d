/**
 * One part of a path. An id is checked before it is sent, because a whole key taken for an id would stand in every log on
 * the way.
 */
export const part = (value: string): string => {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(value)) throw new TypeError("not an id or a name: 1 to 64 of A-Z a-z 0-9 _ -");
  return value;
};
