import { describe, expect, it } from "vitest";
import { forgetEverything } from "../support/manager.ts";
import { performStep } from "./perform.ts";
import { noKeyYet, Run } from "./run.ts";
import { type Sequence, sequenceOf } from "./sequence.ts";

/** MODEL_RUNS is the number of sequences, MODEL_SEED the one to run alone. */
const { MODEL_RUNS, MODEL_SEED } = process.env;
const stepsPerSequence = 25;
const ordinaryRuns = 300;
const runs = Number(MODEL_RUNS ?? ordinaryRuns);
const seeds = MODEL_SEED === undefined ? Array.from({ length: runs }, (_, index) => index + 1) : [Number(MODEL_SEED)];
const batch = 50;
const batches = Array.from({ length: Math.ceil(seeds.length / batch) }, (_, index) =>
  seeds.slice(index * batch, (index + 1) * batch),
);
const shrinkingMs = 30_000;

const outcomes = new Map<string, number>();

/** What went wrong, or undefined. */
const faultOf = async (sequence: Sequence): Promise<Error | undefined> => {
  try {
    const run = await Run.start(sequence);
    for (const step of sequence.steps) await performStep(run, step);
    await run.end();
    for (const [outcome, times] of run.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + times);
    return undefined;
  } catch (error) {
    return error as Error;
  } finally {
    await forgetEverything();
  }
};

/** Leaves out every step without which something still goes wrong. */
const shrink = async (sequence: Sequence, fault: Error): Promise<{ sequence: Sequence; fault: Error }> => {
  const until = Date.now() + shrinkingMs;
  let least = { sequence, fault };
  for (let size = 8; size >= 1; size = Math.floor(size / 2)) {
    for (let at = least.sequence.steps.length - size; at >= 0 && Date.now() < until; at -= 1) {
      const shorter = { ...least.sequence, steps: least.sequence.steps.toSpliced(at, size) };
      const stillWrong = await faultOf(shorter);
      if (stillWrong && stillWrong.message !== noKeyYet) least = { sequence: shorter, fault: stillWrong };
    }
  }
  return least;
};

const expectAgreement = async (seed: number): Promise<void> => {
  const sequence = sequenceOf(seed, stepsPerSequence);
  const fault = await faultOf(sequence);
  if (!fault) return;
  const least = await shrink(sequence, fault);
  const told = least.sequence.steps.map((step) => `  ${JSON.stringify(step)}`).join("\n");
  throw new Error(`MODEL_SEED=${seed}, shrunk to:\n${told}\n${least.fault.message}`, { cause: least.fault });
};

describe("the manager and its model agree", () => {
  it.each(batches.map((seeds) => ({ seeds, first: seeds[0], last: seeds.at(-1) })))(
    "about the sequences of the seeds $first to $last",
    async ({ seeds }) => {
      for (const seed of seeds) await expectAgreement(seed);
    },
    120_000,
  );

  it("tally", () => {
    throw new Error(
      [...outcomes]
        .sort()
        .map((o) => o.join(" "))
        .join("\n"),
    );
  });
});
