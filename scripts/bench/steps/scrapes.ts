// Expositions as they are filtered, in steps of so many bytes, between which others have a turn.
// A line is judged in one step, a family in protobuf in several.

import { STEP_BYTES } from "../../../src/pipeline/scrape/scrape-body.ts";
import type { Evaluation } from "../../../src/policy/index.ts";
import { EXPOSITION_FORMAT } from "../../../src/protocols/prometheus/exposition-format.ts";
import { evaluationOf, threadMs } from "./longest.ts";
import { field, many, repeated } from "./shape.ts";

/** An exposition of about so many bytes. */
export interface Exposition {
  readonly title: string;
  readonly type: string;
  readonly body: (bytes: number) => Uint8Array;
}

const TEXT = "text/plain; version=0.0.4";
const OPEN_METRICS = "application/openmetrics-text; version=1.0.0";
const PROTOBUF =
  "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
/** Asks for two labels of every sample, one of which none has. */
const OF_LABELS = {
  match: [
    { metric_field: "name", contains: "total" },
    { datapoint_attribute: "asked", regex: "a[0-9]+z" },
    { datapoint_attribute: "missing", exists: false },
  ],
  keep: false,
};
const MIB = 1024 * 1024;
const lines = (one: string) => (size: number) => repeated(Buffer.from(`${one}\n`), size);
/** Lines of a megabyte, the longest that are judged. */
const longLines = (begin: string, part: string, end: string) => {
  const line = begin + many(part, MIB - begin.length - end.length - 2, "") + end;
  return lines(line);
};

const name = field(1, [Buffer.from("a_total")]);
const HISTOGRAM = Buffer.from([0x18, 0x04]);
const label = (key: string, value: string): Uint8Array =>
  field(1, [field(1, [Buffer.from(key)]), field(2, [Buffer.from(value)])]);
const metric = (...parts: Uint8Array[]): Uint8Array => field(4, parts);
/** Families of up to 15 MiB, below the longest that is judged, behind their lengths. */
const families = (part: Uint8Array, familyBytes = 15 * MIB) => {
  return (size: number): Uint8Array => {
    const bytes = Math.min(size / 2, familyBytes);
    const inner = Buffer.concat([name, HISTOGRAM, repeated(part, bytes)]);
    // What is behind the tag of a field is what is delimited here.
    const one = field(1, [inner]).subarray(1);
    return Buffer.concat(
      Array.from({ length: Math.max(1, Math.floor(size / one.length)) }, () => one),
    );
  };
};
const bucket = field(3, [Buffer.from([0x08, 0x01, 0x11, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f])]);

export const EXPOSITIONS: readonly Exposition[] = [
  { title: "samples of one family", type: TEXT, body: lines('a_total{asked="a7"} 1') },
  { title: "samples without labels", type: TEXT, body: lines("a_total 1") },
  {
    title: "samples of many labels",
    type: TEXT,
    body: longLines("a_total{", 'asked="a7",', "} 1"),
  },
  {
    title: "samples of a long value with escapes",
    type: TEXT,
    body: longLines('a_total{asked="', String.raw`\n\"a`, '"} 1'),
  },
  {
    title: "samples of many values with escapes",
    type: TEXT,
    body: longLines("a_total{", String.raw`asked="\n\\",`, "} 1"),
  },
  { title: "newlines", type: TEXT, body: lines("") },
  { title: "help, of one family", type: TEXT, body: lines("# HELP a_total b") },
  {
    title: "help and types, of many families",
    type: TEXT,
    body: (size) =>
      Buffer.from(
        Array.from(
          { length: size / 64 },
          (_, i) => `# HELP a${i} as they are written\n# TYPE a${i} counter\na${i} 1\n`,
        ).join(""),
      ),
  },
  { title: "comments", type: TEXT, body: lines("# a") },
  { title: "lines that are no samples", type: TEXT, body: lines("a{") },
  { title: "strings that do not end", type: TEXT, body: lines('a{b="c') },
  { title: "one line without an end", type: TEXT, body: (size) => Buffer.alloc(size, "a") },
  {
    title: "exemplars",
    type: OPEN_METRICS,
    body: lines('a_total{asked="a7"} 1 # {trace_id="0123456789abcdef"} 1'),
  },
  {
    title: "exemplars of many labels",
    type: OPEN_METRICS,
    body: longLines('a_total{asked="a7"} 1 # {', 'b="c",', "} 1"),
  },
  { title: "quoted names", type: TEXT, body: lines('{"a.total",asked="a7"} 1') },
  {
    title: "quoted names with escapes",
    type: TEXT,
    body: longLines('{"', String.raw`\\a`, 'total",asked="a7"} 1'),
  },
  { title: "protobuf, empty families", type: PROTOBUF, body: (size) => Buffer.alloc(size) },
  {
    title: "protobuf, a family of small metrics",
    type: PROTOBUF,
    body: families(metric(label("asked", "a7"), field(3, []))),
  },
  { title: "protobuf, a family of empty metrics", type: PROTOBUF, body: families(metric()) },
  {
    title: "protobuf, metrics of many labels",
    type: PROTOBUF,
    body: families(metric(repeated(label("asked", "a7"), MIB))),
  },
  {
    title: "protobuf, a metric of labels",
    type: PROTOBUF,
    body: families(metric(repeated(label("asked", "a7"), 15 * MIB - 100))),
  },
  {
    title: "protobuf, a histogram of buckets",
    type: PROTOBUF,
    body: families(metric(field(7, [repeated(bucket, 15 * MIB - 100)]))),
  },
  {
    title: "protobuf, histograms of buckets, as many as are read",
    type: PROTOBUF,
    body: families(metric(field(7, [repeated(bucket, 9999 * bucket.length)]))),
  },
  {
    title: "protobuf, metrics of labels, as many as are read",
    type: PROTOBUF,
    body: families(metric(repeated(label("asked", "a7"), 9999 * label("asked", "a7").length))),
  },
  {
    title: "protobuf, a family of as many metrics as are read",
    type: PROTOBUF,
    body: families(metric(label("asked", "a7")), 590_000 * 15),
  },
  {
    title: "samples of as many labels as are read",
    type: TEXT,
    body: lines(`a_total{${many('asked="a7",', 9999 * 11, "")}} 1`),
  },
  {
    title: "protobuf, a native histogram of spans",
    type: PROTOBUF,
    body: families(
      metric(field(7, [repeated(field(12, [Buffer.from([0x08, 0x01])]), 15 * MIB - 100)])),
    ),
  },
  {
    title: "protobuf, a family of fields that nobody knows",
    type: PROTOBUF,
    body: families(field(15)),
  },
];

/** The longest step of one exposition, and how long all took. */
export function longestScrape(
  { type, body }: Exposition,
  size: number,
): [longestMs: number, allMs: number] {
  const bytes = body(size);
  const evaluation: Evaluation = evaluationOf({ policy: OF_LABELS, signal: "metric" });
  const create = EXPOSITION_FORMAT.filterOf(new Headers({ "content-type": type }));
  if (create === undefined) throw new Error(`nothing reads ${type}`);
  const filter = create({ evaluation, sink: { write: () => undefined } });
  const startMs = threadMs();
  let longestMs = 0;
  for (let at = 0; at < bytes.length; at += STEP_BYTES) {
    const steps = filter.pushSteps(bytes.subarray(at, at + STEP_BYTES));
    for (let isDone = false; !isDone;) {
      const stepMs = threadMs();
      isDone = steps.next().done === true;
      longestMs = Math.max(longestMs, threadMs() - stepMs);
    }
  }
  filter.end();
  return [longestMs, threadMs() - startMs];
}
