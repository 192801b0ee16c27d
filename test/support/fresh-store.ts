import { beforeAll } from "vitest";
import { forgetEverything } from "./manager.ts";

/** The files of a part share a runtime, because starting one takes longer than most of them; each begins with nothing. */
beforeAll(forgetEverything);
