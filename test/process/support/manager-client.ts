export interface CreatedKey {
  readonly id: string;
  readonly key: string;
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Speaks to a running manager as its first owner. */
export class ManagerClient {
  readonly #url: string;
  readonly #adminKey: string;

  constructor(url: string, adminKey = "") {
    this.#url = url;
    this.#adminKey = adminKey;
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await this.fetch(method, path, body, headers);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  fetch(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.#url + path, {
      method,
      headers: {
        ...(this.#adminKey && { authorization: `Bearer ${this.#adminKey}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  async createKey(name: string, more: object = {}, headers: Record<string, string> = {}): Promise<CreatedKey> {
    const { status, body } = await this.ask("POST", "/v1/keys", { name, owner: "acct_42", ...more }, headers);
    if (status !== 201) throw new Error(`POST /v1/keys answered ${status}: ${JSON.stringify(body)}`);
    return { id: String(body.id), key: String(body.key) };
  }

  /** Whether the key is both shown under its id and accepted. */
  async knows({ id, key }: CreatedKey): Promise<boolean> {
    const shown = await this.ask("GET", `/v1/keys/${id}`);
    const verdict = await this.ask("POST", "/v1/validate", { key });
    return shown.status === 200 && shown.body.id === id && verdict.body.valid === true;
  }
}
