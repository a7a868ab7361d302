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
    summary: "Find what is valid in policies, but probably not meant.",
    flags: [JSON_FLAG, COLOR_FLAG],
    notes: [
      "Finds all that validate finds, and: policies that match nothing or everything, duplicates and",
      "contradictions, policies that another one's keep: none makes useless, regexes that are only",
      "literals or cost much more than the others, and attribute names that are almost, but not",
      "quite, one of OpenTelemetry's semantic conventions.",
    ],
    run: async (invocation, context) => (await import("../lint/lint.ts")).lint(invocation, context),
  },
  {
    name: "convert",
    operands: "POLICIES...",
    operandsMax: Number.POSITIVE_INFINITY,
    summary: "Convert policies to the other dialect, where nothing is lost.",
    flags: Object.values(CONVERT_FLAGS),
    notes: [
      "Prints all policies as JSON. A policy that cannot be converted without loss stays as it is;",
      "standard error lists all that would be lost, and the exit code is 1.",
    ],
    run: async (invocation, context) => (await import("./convert.ts")).convert(invocation, context),
  },
  {
    name: "replay",
    operands: "CAPTURE...",
    operandsMax: Number.POSITIVE_INFINITY,
    summary: "Show what policies would change in captured traffic.",
    flags: [POLICIES_FLAG, ...Object.values(REPLAY_FLAGS), COLOR_FLAG],
    notes: [
      "Captures are OTLP JSON (one request per line), files of a tap or of failure_capture, Datadog",
      "logs, pushes to Loki, an exposition, or plain lines; - is standard input. Files may have any",
      "size; memory stays constant.",
      "Time is that of the records, so rates are what they were.",
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
      "Asks a running Edge, whose analysis must be on (POST /_edge/analysis), or with --from reads",
      "captured traffic. Comments say why, and what each policy would save; try them with replay.",
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
      'A JSON file names it in "$schema", a YAML file in a comment on its first line:',
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
      "A case is a folder with policies.json, input.json, expected.json and expected_stats.json. For",
      "lines, it has input.txt, expected.txt, and settings of edge-tail in config.json. Or a case is",
      "one of the cases: in a file with policies: (a list, or names of files). It then has an input",
      "(a text, a log, a metric, a span, datadog, a document of OTLP or Loki), the result that you",
      "expect (dropped, kept, or what is left), and optionally because, the deciding policy.",
    ],
    run: async (invocation, context) =>
      (await import("../suite/test.ts")).test(invocation, context),
  },
  {
    name: "explain",
    operands: "[RECORDS...]",
    operandsMax: Number.POSITIVE_INFINITY,
    summary: "Say what policies do to records, and why.",
    flags: [POLICIES_FLAG, ...Object.values(EXPLAIN_FLAGS), COLOR_FLAG],
    notes: [
      "Records are files of OTLP JSON (also one request per line), Datadog logs, pushes to Loki, an",
      "exposition, or plain lines, each the body of a log record. Without a file, or for -, standard",
      "input is read. For lines in a format of edge-tail, name the format with --form.",
    ],
    run: async (invocation, context) => (await import("./explain.ts")).explain(invocation, context),
  },
];
