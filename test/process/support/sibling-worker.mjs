/** Another Worker of the same account: it calls its bindings as it is told, and tells what came of it. */
const answered = async (run) => {
  try {
    return { value: await run() };
  } catch (error) {
    return { thrown: String(error.message) };
  }
};

const call = (env, { binding, method, request }) => answered(() => env[binding][method](request));

const acts = {
  call,
  calls: (env, { calls }) => Promise.all(calls.map((one) => call(env, one))),
  read: (env, { binding, path }) =>
    answered(async () => typeof (await path.reduce((found, name) => found[name], env[binding]))),
  fetch: (env, { binding }) => answered(async () => (await env[binding].fetch("http://latchkey/healthz")).status),
};

// biome-ignore lint/style/noDefaultExport: the platform looks for a Worker's handlers there.
export default {
  async fetch(request, env) {
    const { act, ...told } = await request.json();
    return Response.json(await acts[act](env, told));
  },
};
