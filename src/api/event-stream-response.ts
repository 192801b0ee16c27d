import type { EventView } from "../core/stored-event.ts";

const mediaType = "application/x-ndjson";

/** Whoever names JSON as well can read a page, and gets one. */
export const wantsStream = (accept: string | null): boolean => {
  const types = (accept ?? "").split(",").map((entry) => (entry.split(";")[0] ?? "").trim().toLowerCase());
  return types.includes(mediaType) && !types.includes("application/json");
};

/**
 * One event a line, made as the client takes them. A stream that cannot go on is broken off, so that nobody takes it for
 * a whole one.
 */
export const eventStream = (
  batches: AsyncIterableIterator<readonly EventView[]>,
  reportFault: (error: unknown) => void,
): Response => {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await batches.next();
          if (done) return controller.close();
          controller.enqueue(encoder.encode(value.map((event) => `${JSON.stringify(event)}\n`).join("")));
        } catch (error) {
          reportFault(error);
          controller.error(error);
        }
      },
      cancel: async () => {
        await batches.return?.();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { status: 200, headers: { "Content-Type": mediaType } });
};
