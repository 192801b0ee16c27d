import { htmlAnswer } from "../answer.ts";
import { escaped, renderPage } from "../html-page.ts";
import { route } from "../route.ts";

const style = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 40rem; margin: 0 auto; padding: 2rem 1rem; }
  h1 { font-size: 1.5rem; margin: 0; }
  p { margin: 0.75rem 0; }
  code { font: 0.9em ui-monospace, monospace; overflow-wrap: anywhere; }
  .state { border-left: 0.25rem solid; padding: 0.5rem 0.75rem; }
  .good { border-color: #1a7f37; }
  .bad { border-color: #cf222e; }
  a { color: LinkText; }
`;

const body = (version: string, origin: string, problems: readonly string[]): string => `<main>
<h1>Latchkey</h1>
<p>The API-key manager, version ${escaped(version)}.</p>
${
  problems.length === 0
    ? '<p class="state good">Ready.</p>'
    : `<div class="state bad"><p>Not ready:</p><ul>${problems.map((problem) => `<li>${escaped(problem)}</li>`).join("")}</ul></div>`
}
<p>Make a key with an admin key in <code>$ADMIN_KEY</code>:</p>
<p><code>curl -X POST -H "Authorization: Bearer $ADMIN_KEY" -H "Content-Type: application/json" -d '{"name":"First key","owner":"acct_1"}' ${escaped(origin)}/v1/keys</code></p>
<p><a href="/docs">The API</a> · <a href="/openapi.json">OpenAPI</a> · <a href="/healthz">Health</a> · <a href="/readyz">Readiness</a> · <a href="/v1/setup">Set-up</a></p>
</main>`;

export const getHome = route(
  {
    method: "GET",
    path: "/",
    operationId: "getHome",
    tag: "System",
    summary: "A page for people",
    access: "open",
    success: { status: 200, description: "Version, readiness and links.", answer: htmlAnswer },
    refusals: [],
  },
  async ({ services, url }) => {
    const found = await services.problems();
    const problems = "ok" in found ? ["the store does not answer"] : found.map(({ detail }) => detail);
    const page = await renderPage({ title: "Latchkey", style, body: body(services.version, url.origin, problems) });
    return new Response(page.html, { headers: { ...page.headers, "Cache-Control": "no-store" } });
  },
);
