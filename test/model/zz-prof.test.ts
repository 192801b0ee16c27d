import { it } from "vitest";
import { evictAll, forgetEverything } from "../support/manager.ts";
import { performStep } from "./perform.ts";
import { Run } from "./run.ts";
import { sequenceOf } from "./sequence.ts";

it("profiles", async () => {
  const spent = new Map<string, [number, number]>();
  const timed = async (name: string, f: () => Promise<any>) => {
    const t = Date.now();
    const r = await f();
    const [a, b] = spent.get(name) ?? [0, 0];
    spent.set(name, [a + Date.now() - t, b + 1]);
    return r;
  };
  for (let seed = 1; seed <= 60; seed++) {
    const s = sequenceOf(seed, 25);
    const run: Run = await timed("start", () => Run.start(s));
    for (const step of s.steps) await timed(step.do, () => performStep(run, step));
    await timed("end", () => run.end());
    await timed("forget", forgetEverything);
  }
  throw new Error([...spent].map(([n, [a, b]]) => `${n} ${a} ms / ${b} = ${(a / b).toFixed(1)}`).join("\n"));
}, 60000);
