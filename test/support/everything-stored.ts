import { inObject } from "./manager.ts";

const bytesAsText = (_name: string, value: unknown): unknown =>
  value instanceof ArrayBuffer ? String.fromCharCode(...new Uint8Array(value)) : value;

/** Every row of every table of an object, as one text. */
export const everythingStoredIn = (object: string): Promise<string> =>
  inObject(object, (sql) =>
    [...sql.exec<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'")]
      .filter(({ name }) => !/^(_cf_|__miniflare|sqlite_)/.test(name))
      .map(({ name }) => JSON.stringify([...sql.exec(`SELECT * FROM ${name}`).raw()], bytesAsText))
      .join("\n"),
  );
