// The policy commands, which every distribution has. These are rows only; what a command does is
// loaded when it is called.

import type { Command } from "../command.ts";
import { COLOR_FLAG } from "../terminal/paint.ts";
import { REMOTE_FLAGS } from "../remote/flags.ts";
import { SUGGEST_FLAGS } from "../suggest/flags.ts";
import {
  CONVERT_FLAGS,
  EXPLAIN_FLAGS,
  JSON_FLAG,
  POLICIES_FLAG,
  REPLAY_FLAGS,
  TEST_FLAGS,
} from "./flags.ts";

export const POLICY_COMMANDS: readonly Command[] = [
  {
    name: "lint",
    operands: "POLICIES...",
    operandsMax: Number.POSITIVE_INFINITY,
    summary: "Find what is legal in policies and hardly meant.",
    flags: [JSON_FLAG, COLOR_FLAG],
    notes: [
      "Beside all that validate finds: policies that match nothing or everything, duplicates and",
      "contradictions, policies that another one's keep: none makes vain, regexes that are literals",
      "only or cost much (measured against the others), and names of attributes that are nearly one",
      "of OpenTelemetry's semantic conventions.",
    ],
    run: async (invocation, context) => (await import("../lint/lint.ts")).lint(invocation, context),
  },
  {
    name: "convert",
    operands: "POLICIES...",
    operandsMax: Number.POSITIVE_INFINITY,
    summary: "Write policies in the other dialect, where nothing is lost.",
    flags: Object.values(CONVERT_FLAGS),
    notes: [
      "Prints all policies as JSON. One that cannot be converted without loss stays as it is, which the",
      "standard error tells with all that would be lost; then the exit code is 1.",
    ],
    run: async (invocation, context) => (await import("./convert.ts")).convert(invocation, context),
  },
  {
    name: "replay",
    operands: "CAPTURE...",
    operandsMax: Number.POSITIVE_INFINITY,
    summary: "Say what policies would change about captured traffic.",
    flags: [POLICIES_FLAG, ...Object.values(REPLAY_FLAGS), COLOR_FLAG],
    notes: [
      "Captures are OTLP JSON, one request a line, what a tap wrote, what failure_capture kept, Datadog",
      "logs, pushes to Loki, an exposition, or plain lines; - is standard input. Files of any size are",
      "read in constant memory.",
      "Time is that of the records, so that rates are what they were.",
    ],
    run: async (invocation, context) =>
      (await import("../replay/replay.ts")).replay(invocation, context),
  },
  {
    name: "suggest",
    operands: "",
    operandsMax: 0,
    summary: "Propose policies that would save something, as a policy file.",
    flags: [...Object.values(SUGGEST_FLAGS), ...REMOTE_FLAGS],
    notes: [
      "Asks a running Edge, which has to have an analysis on (POST /_edge/analysis), or with --from",
      "looks at captured traffic. Comments say why, and what each would save; try them by replay.",
    ],
    run: async (invocation, context) =>
      (await import("../suggest/suggest.ts")).suggest(invocation, context),
  },
  {
    name: "schema",
    operands: "config|policies|output COMMAND",
    operandsMax: 2,
    summary: "Print the JSON Schema of configurations, of policy files, or of a command's --json.",
    flags: [],
    notes: [
      'A JSON file names it by "$schema", a YAML file by a comment in its first line:',
      "# yaml-language-server: $schema=policies.schema.json",
    ],
    run: async (invocation, context) => (await import("./schema.ts")).schema(invocation, context),
  },
  {
    name: "test",
    operands: "DIR...",
    operandsMax: Number.POSITIVE_INFINITY,
    summary: "Run test cases of policies.",
    flags: [...Object.values(TEST_FLAGS), COLOR_FLAG],
    notes: [
      "A case is a folder with policies.json, input.json, expected.json and expected_stats.json; for",
      "lines input.txt and expected.txt, and config.json says as for edge-tail how they are read; or",
      "one of the cases: of a file with policies: (a list, or names of files). Such a case has an",
      "input (a text, a log, a metric, a span, datadog, a document of OTLP or Loki), what to expect of it",
      "(dropped, kept, or what is left), and maybe because, the policy that is to decide.",
    ],
    run: async (invocation, context) =>
      (await import("../suite/test.ts")).test(invocation, context),
  },
  {
    name: "explain",
    operands: "[RECORDS...]",
    operandsMax: Number.POSITIVE_INFINITY,
    summary: "Say what becomes of records under policies, and why.",
    flags: [POLICIES_FLAG, ...Object.values(EXPLAIN_FLAGS), COLOR_FLAG],
    notes: [
      "Records are files of OTLP JSON, also one request a line, of Datadog logs, of pushes to Loki, of",
      "an exposition, or of plain lines, each the body of a log record; without one, or for -, standard input.",
      "Lines that edge-tail is to read in a format of their own need --form to say which.",
    ],
    run: async (invocation, context) => (await import("./explain.ts")).explain(invocation, context),
  },
];
