import "./main-module-once.ts";
import { beforeAll } from "vitest";
import { keepLogOfFailed } from "./log-of-failed.ts";
import { forgetEverything } from "./manager.ts";

/** The files of a part share a runtime, because starting one takes longer than most of them; each begins with nothing. */
beforeAll(forgetEverything);
keepLogOfFailed();
