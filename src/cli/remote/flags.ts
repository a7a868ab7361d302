// The flags of the commands that ask a running program. They are apart from the commands' code,
// which is loaded when a command is called.

import {
  TAP_RECORDS_MAX,
  TAP_SECONDS_MAX,
  TOP_INTERVAL_MS,
  TOP_INTERVAL_MS_MAX,
  TOP_INTERVAL_MS_MIN,
} from "../../core/limits.ts";
import type { Flag } from "../command.ts";
import { JSON_FLAG } from "../policies/flags.ts";
import { COLOR_FLAG } from "../terminal/paint.ts";

export const URL_FLAG = {
  name: "--url",
  short: "-u",
  value: "URL",
  summary: "Address of the running Edge's pages: admin.listen, or its main address.",
  allowed: "http://host:port, https://host:port, host:port, unix:/absolute/path",
  fallback: "EDGE_URL of the environment, else http://127.0.0.1:8080",
} as const satisfies Flag;

export const REMOTE_FLAGS = [URL_FLAG, JSON_FLAG, COLOR_FLAG] as const;

export const OUTCOMES = {
  kept: "keep",
  edited: "edit",
  dropped: "drop",
  keep: "keep",
  edit: "edit",
  drop: "drop",
  "would-keep": "would_keep",
  "would-edit": "would_edit",
  "would-drop": "would_drop",
} as const;

export const TAP_FLAGS = {
  stage: {
    name: "--stage",
    value: "STAGE",
    summary: "Records as they came in (pre), or as they go on (post).",
    type: { kind: "choice", words: ["pre", "post"] },
    fallback: "pre",
  },
  signal: {
    name: "--signal",
    value: "SIGNAL",
    summary: "Only records of this signal.",
    type: { kind: "choice", words: ["log", "metric", "trace"] },
    repeat: "all",
  },
  policy: {
    name: "--policy",
    value: "ID",
    summary: "Only records that this policy matches.",
    repeat: "all",
  },
  outcome: {
    name: "--outcome",
    value: "OUTCOME",
    summary: "Only records of this outcome.",
    type: { kind: "choice", words: Object.keys(OUTCOMES) },
    repeat: "all",
  },
  text: {
    name: "--text",
    short: "-t",
    value: "TEXT",
    summary: "Only records that contain this text, or any of several.",
    repeat: "all",
  },
  count: {
    name: "--count",
    short: "-n",
    value: "N",
    summary: "End after so many records.",
    type: { kind: "integer", min: 1, max: TAP_RECORDS_MAX },
    fallback: String(TAP_RECORDS_MAX),
  },
  seconds: {
    name: "--seconds",
    value: "S",
    summary: "End after this time.",
    type: { kind: "integer", min: 1, max: TAP_SECONDS_MAX, unit: "seconds" },
    fallback: String(TAP_SECONDS_MAX),
  },
  perSecond: {
    name: "--per-second",
    value: "N",
    summary: "Take at most so many records per second from each thread, and skip the others.",
    type: { kind: "integer", min: 1, max: TAP_RECORDS_MAX },
    fallback: "all",
  },
  write: {
    name: "--write",
    short: "-w",
    value: "FILE",
    summary: "Write a capture that replay and explain read, instead of lines for people.",
  },
  switchOn: {
    name: "--switch-on",
    summary: "Switch taps and payloads on for as long as it runs; needs admin.token.",
  },
} as const satisfies Readonly<Record<string, Flag>>;

export const TOP_FLAGS = {
  interval: {
    name: "--interval",
    value: "TIME",
    summary: "Time between two snapshots.",
    type: { kind: "duration", minMs: TOP_INTERVAL_MS_MIN, maxMs: TOP_INTERVAL_MS_MAX },
    fallback: `${TOP_INTERVAL_MS / 1000}s`,
  },
  count: {
    name: "--count",
    short: "-n",
    value: "N",
    summary: "End after so many snapshots.",
    type: { kind: "integer", min: 1, max: 1_000_000 },
    fallback: "without end on a terminal, else one",
  },
} as const satisfies Readonly<Record<string, Flag>>;
