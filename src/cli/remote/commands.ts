// The commands that ask a running program. These are rows only; what a command does is loaded when
// it is called.

import type { Command } from "../command.ts";
import { REMOTE_FLAGS, TAP_FLAGS, TOP_FLAGS } from "./flags.ts";

const TOKEN = "If it has an admin.token, set EDGE_ADMIN_TOKEN in the environment to its value.";

export const REMOTE_COMMANDS: readonly Command[] = [
  {
    name: "status",
    operands: "",
    operandsMax: 0,
    summary: "Show the state of a running Edge.",
    flags: [...REMOTE_FLAGS],
    notes: [
      TOKEN,
      "Exits with 1 if it is not ready, or if a source of policies has nothing usable.",
    ],
    run: async (invocation, context) => (await import("./status.ts")).status(invocation, context),
  },
  {
    name: "reload",
    operands: "",
    operandsMax: 0,
    summary: "Make a running Edge read policies and certificates again.",
    flags: [...REMOTE_FLAGS],
    notes: [TOKEN, "Exits with 1 if something had nothing usable; what was in force stays."],
    run: async (invocation, context) => (await import("./reload.ts")).reload(invocation, context),
  },
  {
    name: "tap",
    operands: "",
    operandsMax: 0,
    summary: "Show records as they pass a running Edge, and what happens to them.",
    flags: [...Object.values(TAP_FLAGS), ...REMOTE_FLAGS],
    notes: [
      TOKEN,
      "With --json, each line is a document. If records pass faster than they are read, the rest",
      "is counted and reported. It ends on Ctrl-C, or as --count and --seconds say.",
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
      "On a terminal it runs until q or Ctrl-C; in a pipe, and with --json, it prints snapshots.",
      "Services come from a sample of records, while taps and payloads are on.",
    ],
    run: async (invocation, context) => (await import("./top.ts")).top(invocation, context),
  },
  {
    name: "find",
    operands: "TRACE_ID|TEXT",
    operandsMax: 1,
    summary: "Find out what a running Edge did with a trace id or a text.",
    flags: [...REMOTE_FLAGS],
    notes: [
      TOKEN,
      "Needs admin.find. Edge then remembers every trace id of logs and spans for a while, and a",
      "sample of records in which it searches for texts. Exits with 1 if nothing is found.",
    ],
    run: async (invocation, context) => (await import("./find.ts")).find(invocation, context),
  },
];
