// The commands about policies, of every distribution: rows only, so that what they do is loaded
// when they are called.

import type { Command } from "../command.ts";
import { COLOR_FLAG } from "../terminal/paint.ts";
import { EXPLAIN_FLAGS, POLICIES_FLAG } from "./flags.ts";

export const POLICY_COMMANDS: readonly Command[] = [
  {
    name: "explain",
    operands: "[RECORDS...]",
    operandsMax: Number.POSITIVE_INFINITY,
    summary: "Say what becomes of records under policies, and why.",
    flags: [POLICIES_FLAG, ...Object.values(EXPLAIN_FLAGS), COLOR_FLAG],
    notes: [
      "Records are files of OTLP JSON, also one request a line, of Datadog logs, of an exposition,",
      "or of plain lines, each the body of a log record; without one, or for -, standard input.",
    ],
    run: async (invocation, context) => (await import("./explain.ts")).explain(invocation, context),
  },
];
