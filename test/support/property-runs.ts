/** How many cases a property is tried with; FUZZ_RUNS asks for more, or for fewer. */
export const runsOr = (ordinary: number): number => Number(process.env.FUZZ_RUNS ?? ordinary);

export const runs = runsOr(200);
