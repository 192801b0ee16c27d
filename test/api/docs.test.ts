import { beforeAll, describe, expect, it } from "vitest";
import { document } from "../support/documented.ts";
import { type Manager, startManager } from "../support/manager.ts";
import { everyRoute } from "../support/route-examples.ts";

let manager: Manager;
let html: string;
let policy: string;

beforeAll(async () => {
  manager = await startManager();
  const answer = await manager.request("/docs", { key: null });
  html = answer.text;
  policy = answer.headers.get("Content-Security-Policy") ?? "";
});

const all = (pattern: RegExp): string[] => [...html.matchAll(pattern)].map(([, found]) => found ?? "");

const hashOf = async (text: string): Promise<string> => {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
};

describe("GET /docs", () => {
  it("is one page of moderate size, which caches may keep", async () => {
    const { status, headers } = await manager.request("/docs", { key: null });
    expect([status, headers.get("Content-Type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(headers.get("Cache-Control")).toBe("public, max-age=300");
    expect(html.length).toBeLessThan(200_000);
  });

  it.each(everyRoute)("shows $name with its line for the shell", ({ method, path }) => {
    const shown = path.replace(/:(\w+)/g, "{$1}");
    const [article = ""] = all(
      new RegExp(`(<article [^>]*data-route="${method} ${shown.replace(/[{}]/g, "\\$&")}".*?</article>)`, "gs"),
    );
    const { operationId, summary } = document.paths[shown][method.toLowerCase()];
    expect(article).toContain(`id="${operationId}"`);
    expect(article).toContain(summary);
    expect(article).toContain(
      `<span class="origin">$LATCHKEY</span>${path.replace(/:(\w+)/g, (_place, name: string) => `$${name.toUpperCase()}`)}"`,
    );
    expect(article).toContain('href="#code-internal_error"');
  });

  it("shows every code, every schema of an answer and every parameter", () => {
    const ids = new Set(all(/ id="([^"]+)"/g));
    for (const code of Object.keys(document.components.examples)) expect(ids).toContain(`code-${code}`);
    for (const name of Object.keys(document.components.schemas)) {
      if (!name.endsWith("Request")) expect(ids).toContain(`schema-${name}`);
    }
    for (const { parameters } of everyRoute) {
      for (const name of parameters) expect(html).toContain(`<dt><code>${name}</code>`);
    }
  });

  it("links to nothing that is not there", () => {
    const ids = all(/ id="([^"]+)"/g);
    expect(new Set(ids).size).toBe(ids.length);
    expect(all(/href="#([^"]+)"/g).filter((target) => !ids.includes(target))).toEqual([]);
    expect(all(/href="([^#"][^"]*)"/g).toSorted()).toEqual(["/", "/openapi.json"]);
  });

  it("loads nothing, and runs nothing but its own style and script", async () => {
    expect(policy).not.toMatch(/unsafe|\*|https?:|'self'/);
    expect(policy).toContain("default-src 'none'");
    const [style = ""] = all(/<style>(.*?)<\/style>/gs);
    const [script = ""] = all(/<script>(.*?)<\/script>/gs);
    expect(policy).toContain(`style-src ${await hashOf(style)};`);
    expect(policy).toContain(`script-src ${await hashOf(script)};`);
    expect(html.match(/<(script|style)\b/g)).toHaveLength(2);
    expect(all(/<[^>]*\s(on\w+|style|src|srcset)=/g)).toEqual([]);
    expect(script).not.toMatch(/innerHTML|eval|Function/);
  });

  it("folds and unfolds the contents at the width of its style, whenever the window is made wider or narrower", () => {
    const [script = ""] = all(/<script>(.*?)<\/script>/gs);
    const [, query = ""] = /matchMedia\("([^"]+)"\)/.exec(script) ?? [];
    expect(html).toContain(`@media ${query} {`);
    expect(script).toContain('narrowScreen.addEventListener("change", fold)');
  });

  it("shows what stands between angle brackets as text", () => {
    expect(html).toContain("&#60;47 more characters&#62;");
    expect(html).not.toContain("<47 more");
  });
});

describe("GET /", () => {
  it("links to the description, and runs nothing but its own style", async () => {
    const { text, headers } = await manager.request("/", { key: null });
    expect(text).toContain('href="/docs"');
    expect(text).toContain('href="/openapi.json"');
    const [, style = ""] = /<style>(.*?)<\/style>/s.exec(text) ?? [];
    expect(headers.get("Content-Security-Policy")).toContain(`style-src ${await hashOf(style)};`);
    expect(headers.get("Content-Security-Policy")).not.toMatch(/unsafe|script-src/);
  });
});
