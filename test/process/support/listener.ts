import type { Haystack } from "./canaries.ts";

/** Asks a manager and remembers every word of every answer. */
export class Listener {
  readonly heard: Haystack[] = [];
  url = "";
  adminKey = "";

  async ask(method: string, path: string, { body, key = this.adminKey, headers = {} }: Question = {}): Promise<Heard> {
    const isText = typeof body === "string";
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(key && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const head = [...response.headers].map((header) => header.join(": ")).join("\n");
    this.heard.push({ where: `${method} ${path.slice(0, 60)} answers ${response.status}`, text: `${head}\n\n${text}` });
    return { status: response.status, text };
  }
}

interface Question {
  /** A text is sent as it is. */
  readonly body?: unknown;
  readonly key?: string;
  readonly headers?: Record<string, string>;
}

interface Heard {
  readonly status: number;
  readonly text: string;
}
