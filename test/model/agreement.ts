import { beforeAll, describe, expect, it } from "vitest";
import { forgetEverything } from "../support/manager.ts";
import { performStep } from "./perform.ts";
import { Run } from "./run.ts";
import { type Sequence, sequenceOf } from "./sequence.ts";

/** MODEL_RUNS is the number of sequences, MODEL_STEPS the length of each, MODEL_SEED the one to run alone. */
const { MODEL_RUNS, MODEL_SEED, MODEL_STEPS } = process.env;
const stepsPerSequence = Number(MODEL_STEPS ?? 25);
const ordinaryRuns = 300;
const runs = Number(MODEL_RUNS ?? ordinaryRuns);
const allSeeds =
  MODEL_SEED === undefined ? Array.from({ length: runs }, (_, index) => index + 1) : [Number(MODEL_SEED)];
const batch = 50;
const shrinkingMs = 60_000;

/** Without these a run of one half has shown little. */
const everyOutcome = [
  ...["201", "invalid_request"].map((end) => `create: ${end}`),
  ...["200", "key_not_found"].map((end) => `get: ${end}`),
  ...["201", "key_not_found", "key_revoked", "key_expired", "already_rotated", "key_disabled"].map(
    (end) => `rotate: ${end}`,
  ),
  ...["200", "key_not_found", "not_rotating"].map((end) => `finish: ${end}`),
  ...["200", "key_not_found", "not_rotating", "successor_rotated", "successor_in_use"].map((end) => `cancel: ${end}`),
  ...["0 others", "1 others", "2 others", "key_not_found"].map((end) => `revoke: ${end}`),
  ...["200", "key_not_found", "invalid_request", "key_revoked", "key_rotated"].map((end) => `patch: ${end}`),
  ...["204", "key_not_found", "key_still_live"].map((end) => `delete: ${end}`),
  ...["200", "key_not_found", "not_recoverable", "key_revoked"].map((end) => `reveal: ${end}`),
  ...[
    "valid",
    "malformed",
    "wrong_prefix",
    "unknown",
    "revoked",
    "expired",
    "rotated",
    "disabled",
    "insufficient_scope",
  ].map((end) => `validate: ${end}`),
  ...["first, and more", "next, and more", "next, the last"].map((end) => `page: ${end}`),
  ...["has run", "was not set"].map((end) => `alarm: ${end}`),
  ...["-1", "0", "1"].map((end) => `wait for the end: ${end}`),
];

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
      if (stillWrong) least = { sequence: shorter, fault: stillWrong };
    }
  }
  return least;
};

const expectAgreement = async (seed: number): Promise<void> => {
  const sequence = sequenceOf(seed, stepsPerSequence);
  const fault = await faultOf(sequence);
  if (!fault) return;
  const least = await shrink(sequence, fault);
  const told = least.sequence.steps.map((step) => `  ${JSON.stringify(step)}`.replace(/x{9,}/g, "x...")).join("\n");
  const replay = `MODEL_SEED=${seed} MODEL_STEPS=${stepsPerSequence}`;
  throw new Error(`${replay}, shrunk to:\n${told}\n${least.fault.message}`, { cause: least.fault });
};

/** Each half is a file of its own, so that two processors share them. */
export const describeAgreement = (half: "odd" | "even"): void => {
  const seeds = allSeeds.filter((seed) => seed % 2 === (half === "odd" ? 1 : 0));
  const batches = Array.from({ length: Math.ceil(seeds.length / batch) }, (_, index) =>
    seeds.slice(index * batch, (index + 1) * batch),
  );

  describe.skipIf(seeds.length === 0)("the manager and its model agree", () => {
    beforeAll(() => outcomes.clear());

    it.each(batches.map((seeds) => ({ seeds, first: seeds[0], last: seeds.at(-1) })))(
      `about the sequences of the ${half} seeds $first to $last`,
      async ({ seeds }) => {
        for (const seed of seeds) await expectAgreement(seed);
      },
      60_000 + shrinkingMs + batch * stepsPerSequence * 100,
    );

    it.runIf(runs >= ordinaryRuns && MODEL_SEED === undefined)("and have come to every end there is", () => {
      expect([...outcomes.keys()].sort()).toEqual(expect.arrayContaining(everyOutcome));
    });
  });
};
