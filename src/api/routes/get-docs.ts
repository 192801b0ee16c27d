import { htmlAnswer } from "../answer.ts";
import { docsPage } from "../docs/page.ts";
import type { RenderedPage } from "../html-page.ts";
import type { DocumentOf } from "../openapi/document.ts";
import { type Route, route } from "../route.ts";

/** Rendered at the first question and kept. */
export const getDocs = (documentOf: DocumentOf): Route => {
  let page: Promise<RenderedPage> | undefined;
  return route(
    {
      method: "GET",
      path: "/docs",
      operationId: "getDocs",
      tag: "System",
      summary: "This description, as a page for people",
      access: "open",
      success: { status: 200, description: "Every route with its parameters, answers and codes.", answer: htmlAnswer },
      refusals: [],
    },
    async ({ services }) => {
      page ??= docsPage(documentOf(services.version));
      const { html, headers } = await page;
      return new Response(html, { headers: { ...headers, "Cache-Control": "public, max-age=300" } });
    },
  );
};
