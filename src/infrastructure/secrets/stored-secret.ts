/** One secret of a Cloudflare Secrets Store, as the platform binds it. */
export interface StoredSecret {
  get(): Promise<string>;
}

/** The text, or null where the store says that it has no such secret. */
type StoreAnswer = { readonly text: string | null } | { readonly fault: string };

export const isStoredSecret = (given: unknown): given is StoredSecret =>
  typeof given === "object" && given !== null && "get" in given && typeof given.get === "function";

const patienceSeconds = 3;
const again = "the next request asks again";
const silent = {
  fault: `cannot be read, the Secrets Store gives no answer within ${patienceSeconds} seconds: ${again}`,
};
const failing = { fault: `cannot be read, the Secrets Store fails: ${again}` };

/** The whole message: a host or a store that is not found is no secret that is not there. */
const notFound = /^(?:Error: )?secret(?: "[^"]*")? not found\.?$/i;

const ask = async (secret: StoredSecret): Promise<StoreAnswer> => {
  try {
    const text: unknown = await secret.get();
    return typeof text === "string" ? { text } : failing;
  } catch (error) {
    return error instanceof Error && notFound.test(error.message) ? { text: null } : failing;
  }
};

/** What the store throws is not repeated, because nobody promises what stands in it. */
export const askStore = async (secret: StoredSecret): Promise<StoreAnswer> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<StoreAnswer>((resolve) => {
    timer = setTimeout(() => resolve(silent), patienceSeconds * 1000);
  });
  try {
    return await Promise.race([ask(secret), silence]);
  } finally {
    clearTimeout(timer);
  }
};
