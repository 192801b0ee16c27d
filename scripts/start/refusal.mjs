/** A reason not to start, told to the person who tried, without a stack. */
export class Refusal extends Error {}
