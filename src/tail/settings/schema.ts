// Every key of the tailer's settings: its kind, its default, what it is for. Options, variables,
// the reference page and the messages about wrong values are derived from this table.

import { z } from "zod";
import {
  flag,
  integer,
  list,
  listenPairFault,
  oneOf,
  optional,
  required,
  text,
  withDefault,
} from "../../config/leaf.ts";
import { budgets } from "../../config/budgets/schema.ts";
import { service, shadowPolicies } from "../../config/schema-groups.ts";
import { providerSchema } from "../../config/schema-providers.ts";
import { s3Dump } from "../../config/schema-s3-dump.ts";
import { givenNameFault, headerValueFault } from "../../config/upstream-headers/header-faults.ts";
import { RECORD_MS_MAX_DEFAULT } from "../../core/limits.ts";
import { durationMs } from "./duration.ts";

/** The longest that a timer waits. */
const TIMER_MS_MAX = 2_147_483_647;
const YEAR_MS = 365 * 86_400_000;
const MIB = 1024 * 1024;

const ms = (about: string, min = 1, max = TIMER_MS_MAX) =>
  integer({ min, max, unit: "milliseconds", about });
const bytes = (about: string, max = 1024 * MIB) => integer({ min: 1, max, unit: "bytes", about });
const texts = (allowed: string, about: string, check?: (value: string) => string | undefined) =>
  list(
    required(text({ allowed, about: "One of them.", ...(check === undefined ? {} : { check }) })),
    `a list of texts, each ${allowed}`,
    about,
  );

const pairFault = (value: string): string | undefined =>
  /^[^=\s]+=/.test(value) ? undefined : "has no key before an equals sign";

const headerPairFault = (pair: string): string | undefined =>
  pairFault(pair) ??
  givenNameFault(nameOf(pair)) ??
  headerValueFault(pair.slice(nameOf(pair).length + 1));

const filePairFault = (pair: string): string | undefined => {
  const fault = pairFault(pair) ?? givenNameFault(nameOf(pair));
  return fault ?? (pair.endsWith("=") ? "has no path behind its equals sign" : undefined);
};

function nameOf(pair: string): string {
  return pair.slice(0, pair.indexOf("="));
}

/** What is read, and where it goes. */
const input = {
  inputs: texts("a path or a pattern", "Files to follow, where none is named on the command line."),
  exclude_path: texts(
    "a pattern",
    "Files that patterns do not find. One without a slash is held against the name, others against the path.",
  ),
  output_path: withDefault(
    text({
      allowed: "-, the path of a file, or otlp+http://host:port",
      about:
        "Where lines go: standard output (`-`), a file that is appended to, or an OTLP backend.",
    }),
    "-",
  ),
  read_from: withDefault(
    oneOf(
      ["head", "tail", "checkpoint"],
      "Where reading begins of files that are there at the start: their beginning, their end, or where the last run came to (their beginning where there was none). Files that are found later are read from their beginning.",
    ),
    "tail",
  ),
  exit_on_eof: withDefault(flag("Ends when all files are read to their ends."), false),
  ignore_older: optional(
    text({
      allowed: "a whole number and ms, s, m, h or d, such as 24h",
      about: "Files that have not changed for so long are not read until they do.",
      check: (value) => (durationMs(value) === undefined ? "is not a duration" : undefined),
    }),
  ),
} as const;

/** What happens to lines. */
const lines = {
  input_format: withDefault(
    oneOf(
      ["raw", "json", "logfmt", "cri", "docker"],
      "How policies read a line; `cri` and `docker` are the files of container runtimes.",
    ),
    "raw",
  ),
  inner_format: withDefault(
    oneOf(
      ["auto", "raw", "json", "logfmt"],
      "How the text within lines of `cri` and `docker` is read; `auto`: an object as JSON, all else raw.",
    ),
    "auto",
  ),
  include: texts(
    "a regular expression of RE2",
    "Only lines that match stay; of several, all must.",
  ),
  exclude: texts("a regular expression of RE2", "Lines that match are dropped."),
  policy_path: optional(
    text({ allowed: "the path of a file", about: "A policy file, read again when it changes." }),
  ),
  max_line: withDefault(bytes("The longest line that is taken whole."), 262_144),
  max_line_action: withDefault(
    oneOf(
      ["truncate", "pass", "drop", "split"],
      "What becomes of a longer one: its beginning leaves, it leaves whole without being judged, it is dropped, or it leaves as several lines.",
    ),
    "truncate",
  ),
  partial_line_timeout_ms: withDefault(
    ms(
      "After so long the beginning of a line leaves as a line. 0: never; it waits for its end, and is read again after a restart.",
      0,
    ),
    0,
  ),
} as const;

/** How files are watched and read. */
const following = {
  io_engine: withDefault(
    oneOf(
      ["auto", "inotify", "poll", "uring", "kqueue", "epoll"],
      "How changes are noticed: `poll` looks at every file each `poll_ms`; all others have the system tell of them, and look at every file each second all the same.",
    ),
    "auto",
  ),
  poll_ms: withDefault(ms("How often files are looked at that the system does not tell of."), 200),
  glob_interval_ms: withDefault(ms("How often patterns are expanded again."), 5000),
  rotate_wait_ms: withDefault(
    ms(
      "How long a file that was replaced is read on, from when it was replaced or last grew. The one in its place is read meanwhile.",
      0,
    ),
    5000,
  ),
  removed_expire_ms: withDefault(
    ms("After so long a file that was removed, or that no pattern finds, is let go.", 0),
    60_000,
  ),
  max_open_files: withDefault(
    integer({
      min: 1,
      max: 1_000_000,
      about:
        "Files that are open at once, as far as the limit of the process (`ulimit -n`) leaves room. Those that wait to be read are closed last, and more files than that are followed all the same.",
    }),
    8192,
  ),
  read_buf: withDefault(bytes("How much is read at a time.", 64 * MIB), 65_536),
} as const;

/** What is remembered. */
const checkpoints = {
  state_dir: withDefault(
    text({
      allowed: "the path of a folder",
      about: "Where positions are kept, in `checkpoint.wal`; it is made when it is not there.",
    }),
    ".tero",
  ),
  checkpoint_interval_ms: withDefault(ms("How often positions are written.", 0), 5000),
  checkpoint_sync_batch: withDefault(
    integer({
      min: 1,
      max: 4_294_967_295,
      about: "So many files with new positions make them be written earlier.",
    }),
    64,
  ),
  checkpoint_snapshot_interval_ms: withDefault(
    ms("How often the file of positions is written anew, with one for each file."),
    60_000,
  ),
  checkpoint_ttl_ms: withDefault(
    ms("How long a file that is not followed any more is remembered.", 1, YEAR_MS),
    259_200_000,
  ),
  checkpoint_max_slots: withDefault(
    integer({
      min: 1,
      max: 10_000_000,
      about: "How many such files are remembered. Files that are followed do not count.",
    }),
    256,
  ),
} as const;

/** The output. */
const output = {
  write_buf: withDefault(bytes("How much is gathered before it is written.", 64 * MIB), 65_536),
  flush_interval_ms: withDefault(
    ms("The longest that a line waits while others come; in quiet times it waits for nothing."),
    100,
  ),
  flush_line_threshold: withDefault(
    integer({
      min: 1,
      max: Number.MAX_SAFE_INTEGER,
      about: "So many pieces of files that were read make what was gathered be written.",
    }),
    1024,
  ),
  resource: texts(
    "key=value",
    "Resource attributes of every line, for policies and OTLP backends.",
    pairFault,
  ),
  otlp_headers: list(
    required(
      text({
        allowed: "name=value, with a header name that is not of the connection or of the body",
        about: "One of them.",
        show: "never",
        check: headerPairFault,
      }),
    ),
    "a list of texts, each name=value",
    "Headers of requests to an OTLP backend; they take the place of `user-agent` and of credentials in the URL. Without a value, the header is not sent. Never logged.",
  ),
  otlp_header_files: texts(
    "name=path, with a header name that is not of the connection or of the body",
    "Headers of requests to an OTLP backend whose values are in files, white space around them left out. They are read again when they change.",
    filePairFault,
  ),
  otlp_compression: withDefault(
    oneOf(["none", "gzip"], "The coding of requests to an OTLP backend."),
    "gzip",
  ),
} as const;

/** The program itself. */
const operation = {
  metrics_listen: optional(
    text({
      allowed: "host:port, [IPv6]:port or unix:/absolute/path",
      about: "Serves `/_health`, `/_ready`, `/_edge/metrics` and `/_edge/status` on this address.",
      pattern: "^unix:/|:[0-9]+$",
      check: listenPairFault,
    }),
  ),
  log_level: withDefault(
    oneOf(
      ["trace", "debug", "info", "warn", "err"],
      "The least important events that are logged, on standard error.",
      ["warning", "error"],
    ),
    "warn",
  ),
  log_format: withDefault(
    oneOf(["text", "json"], "One event a line, as key=value pairs or as JSON."),
    "text",
  ),
  shutdown_timeout_ms: withDefault(
    ms(
      "How long stopping takes at most, when the disk is not busy; what the output has not accepted by then is read again. At the end of the input it may take a minute.",
    ),
    200,
  ),
  record_time_max_ms: withDefault(
    ms("How long matching and redacting one line may take. What is not decided then stays."),
    RECORD_MS_MAX_DEFAULT,
  ),
  ready_timeout_ms: withDefault(
    ms("How long reading waits for the first policies of control planes.", 0),
    10_000,
  ),
  policy_providers: list(
    providerSchema,
    "a list of objects",
    "Sources of policies beside `policy_path`; of equal ids the first one counts.",
  ),
  workspace_id: optional(text({ allowed: "text", about: "Sent as the label `workspace.id`." })),
  service,
  shadow_policies: shadowPolicies,
  budgets,
  s3_dump: s3Dump,
} as const;

export const tailSchema = z.strictObject({
  $schema: optional(
    text({ allowed: "text", about: "Address of the JSON Schema, for editors. Not read." }),
  ),
  ...input,
  ...lines,
  ...following,
  ...checkpoints,
  ...output,
  ...operation,
});

export type TailFile = z.output<typeof tailSchema>;
