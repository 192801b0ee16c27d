import { reencryptionReport } from "../../core/system-report.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { reencryptionAnswer } from "./system-answers.ts";

export const getReencryption = route(
  {
    method: "GET",
    path: "/v1/system/reencrypt",
    operationId: "getReencryption",
    tag: "System",
    summary: "See how far the re-encryption is",
    access: { permission: "system:read" },
    success: { status: 200, description: "All objects together, as of now.", answer: reencryptionAnswer },
    refusals: [],
  },
  async ({ caller, ready }) => {
    const answer = await ready.manager.execute({ type: "get-system" }, caller);
    return answer.ok ? json(200, reencryptionReport(answer.value)) : problemOf(answer.failure);
  },
);
