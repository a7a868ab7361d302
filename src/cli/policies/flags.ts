// The flags of the policy commands. They are apart from the commands' code, which is loaded when a
// command is called.

import type { Flag } from "../command.ts";
import { LINE_FORMATS, RECORD_KINDS } from "./records.ts";

export const POLICIES_FLAG = {
  name: "--policies",
  short: "-p",
  value: "FILE",
  summary: "A policy file, or a folder of them.",
  repeat: "all",
} as const satisfies Flag;

export const JSON_FLAG = {
  name: "--json",
  summary: "Print one JSON document instead.",
} as const satisfies Flag;

export const EXPLAIN_FLAGS = {
  form: {
    name: "--form",
    value: "FORM",
    summary: "The format of the records.",
    type: { kind: "choice", words: [...RECORD_KINDS, ...LINE_FORMATS] },
    fallback: "detected from the content",
  },
  all: { name: "--all", summary: "Show what every policy saw, not only those that match." },
  onlyDropped: { name: "--only-dropped", summary: "Show dropped records only." },
  policy: { name: "--policy", value: "ID", summary: "Show this policy's part only." },
  json: JSON_FLAG,
} as const satisfies Readonly<Record<string, Flag>>;

export const CONVERT_FLAGS = {
  to: {
    name: "--to",
    value: "DIALECT",
    summary: "The dialect to write: OpenTelemetry's own, or tero.policy.v1.",
    type: { kind: "choice", words: ["otel", "tero"] },
  },
  unsampled: {
    name: "--unsampled-spans",
    summary: "Assume that no span arrives with a threshold in its tracestate.",
  },
} as const satisfies Readonly<Record<string, Flag>>;

export const TEST_FLAGS = {
  update: {
    name: "--update",
    summary: "Replace the expected results with the actual ones, in folders.",
  },
  junit: { name: "--junit", value: "FILE", summary: "Also write the results as JUnit XML." },
  watch: { name: "--watch", summary: "Run again whenever a file changes." },
  json: JSON_FLAG,
} as const satisfies Readonly<Record<string, Flag>>;

export const REPLAY_FLAGS = {
  against: {
    name: "--against",
    value: "FILE",
    summary: "The policies that are in force today.",
    fallback: "none",
    repeat: "all",
  },
  failOn: {
    name: "--fail-on",
    value: "CHANGE",
    summary: "Exit with 1 when there is such a change: newly-dropped, or newly-dropped=error,warn.",
    repeat: "all",
  },
  examples: {
    name: "--examples",
    value: "N",
    summary: "Records to show for each policy and change.",
    type: { kind: "integer", min: 0, max: 100 },
    fallback: "3",
  },
  mask: { name: "--mask", summary: "Hide letters and digits of values in examples." },
  config: {
    name: "--config",
    value: "FILE",
    summary: "A configuration with cost keys, to show what is dropped in money.",
  },
  price: {
    name: "--price-per-gib",
    value: "N",
    summary: "The price of a GiB; overrides what the configuration says about bytes.",
    allowed: "a number, such as 0.5",
  },
  markdown: { name: "--markdown", summary: "Print Markdown, for pull requests." },
  json: JSON_FLAG,
} as const satisfies Readonly<Record<string, Flag>>;
