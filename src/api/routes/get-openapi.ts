import * as z from "zod/mini";
import type { AnswerBody } from "../answer.ts";
import type { DocumentOf } from "../openapi/document.ts";
import { type Route, route } from "../route.ts";

const documentAnswer: AnswerBody = {
  mediaType: "application/json",
  schema: z
    .looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) })
    .check(z.meta({ id: "OpenApi", description: "An OpenAPI document." })),
};

const headers = { "Content-Type": "application/json", "Cache-Control": "public, max-age=300" };

export const getOpenApi = (documentOf: DocumentOf): Route => {
  let document: string | undefined;
  return route(
    {
      method: "GET",
      path: "/openapi.json",
      operationId: "getOpenApi",
      tag: "System",
      summary: "This description, as OpenAPI 3.1",
      access: "open",
      success: { status: 200, description: "The document.", answer: documentAnswer },
      refusals: [],
    },
    ({ services }) => {
      document ??= JSON.stringify(documentOf(services.version));
      return new Response(document, { headers });
    },
  );
};
