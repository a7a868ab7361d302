// The commands that ask a running program. These are rows only; what a command does is loaded when
// it is called.

import type { Command } from "../command.ts";
import { REMOTE_FLAGS, TAP_FLAGS, TOP_FLAGS } from "./flags.ts";

const TOKEN = "EDGE_ADMIN_TOKEN of the environment is the value of its admin.token, if it has one.";

export const REMOTE_COMMANDS: readonly Command[] = [
  {
    name: "status",
    operands: "",
    operandsMax: 0,
    summary: "Say how a running Edge stands.",
    flags: [...REMOTE_FLAGS],
    notes: [
      TOKEN,
      "Exits with 1 when it is not ready, or a source of policies gives nothing usable.",
    ],
    run: async (invocation, context) => (await import("./status.ts")).status(invocation, context),
  },
  {
    name: "reload",
    operands: "",
    operandsMax: 0,
    summary: "Have a running Edge read policies and certificates again.",
    flags: [...REMOTE_FLAGS],
    notes: [TOKEN, "Exits with 1 when something gave nothing usable; what was in force stays."],
    run: async (invocation, context) => (await import("./reload.ts")).reload(invocation, context),
  },
  {
    name: "tap",
    operands: "",
    operandsMax: 0,
    summary: "Show records while they pass a running Edge, with what becomes of them.",
    flags: [...Object.values(TAP_FLAGS), ...REMOTE_FLAGS],
    notes: [
      TOKEN,
      "With --json, each line is a document. Records that Edge passes faster than they are read",
      "are counted and told. It ends by Ctrl-C, or as --count and --seconds say.",
    ],
    run: async (invocation, context) => (await import("./tap.ts")).tap(invocation, context),
  },
  {
    name: "top",
    operands: "",
    operandsMax: 0,
    summary: "Show what a running Edge does: throughput, savings, busiest policies and services.",
    flags: [...Object.values(TOP_FLAGS), ...REMOTE_FLAGS],
    notes: [
      TOKEN,
      "On a terminal it goes on until q or Ctrl-C; in a pipe, and with --json, it prints snapshots.",
      "Services are those of a sample of records, while taps and payloads are on.",
    ],
    run: async (invocation, context) => (await import("./top.ts")).top(invocation, context),
  },
  {
    name: "find",
    operands: "TRACE_ID|TEXT",
    operandsMax: 1,
    summary: "Say where a trace id or a text went in a running Edge.",
    flags: [...REMOTE_FLAGS],
    notes: [
      TOKEN,
      "It remembers when admin.find is on: every trace id of logs and spans for a while, and samples",
      "of records to look for texts in. Exits with 1 when nothing is found.",
    ],
    run: async (invocation, context) => (await import("./find.ts")).find(invocation, context),
  },
];
