import { guard, type KeyValidatorBinding } from "latchkey/client";

interface Env {
  readonly KEYS: KeyValidatorBinding;
}

const keys = ({ KEYS }: Env) => KEYS;

const listOrders = guard({ keys, scopes: ["orders:read"] }, (_request, _env, _context, { owner }) =>
  Response.json({ owner, orders: [{ id: 1, item: "tea" }] }),
);

const placeOrder = guard({ keys, scopes: ["orders:write"] }, (_request, _env, _context, { owner }) =>
  Response.json({ owner, placed: true }, { status: 201 }),
);

export default {
  fetch(request, env, context) {
    const route = `${request.method} ${new URL(request.url).pathname}`;
    if (route === "GET /orders") return listOrders(request, env, context);
    if (route === "POST /orders") return placeOrder(request, env, context);
    return new Response("Not found", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
