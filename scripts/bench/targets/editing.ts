// Redacting, removing, renaming, adding; sampling; what leaves of coded bodies.

import { at, type Target, type Where } from "./target.ts";

const edits = (row: string | RegExp): Where => at("edits of 1 MB, one core", row, "throughput");

/** A reason that several rows share. */
const SMALLER = "the same record has half as many bytes as in JSON; by the record it is as fast";

export const EDITING: readonly Target[] = [
  ...(["json", "protobuf"] as const).flatMap((encoding): Target[] => [
    {
      subject: `OTLP ${encoding}, one attribute redacted whole in every record`,
      asked: "at least 300 MB/s a core",
      where: edits(`logs ${encoding}: attribute redacted whole, 100 %`),
      bound: { least: 300 },
    },
    {
      subject: `OTLP ${encoding}, body redacted by a regex in every record`,
      asked: "at least 200 MB/s a core",
      where: edits(`logs ${encoding}: body redacted by a regex, 100 %`),
      bound: { least: 200 },
      ...(encoding === "protobuf" ? { why: SMALLER } : {}),
    },
    {
      subject: `OTLP ${encoding}, body redacted by a regex in a third`,
      asked: "at least 350 MB/s a core",
      where: edits(`logs ${encoding}: body redacted by a regex, a third`),
      bound: { least: 350 },
      ...(encoding === "protobuf" ? { why: SMALLER } : {}),
    },
    {
      subject: `OTLP ${encoding}: remove, rename, add in every record`,
      asked: "at least 250 MB/s a core",
      where: edits(new RegExp(`^logs ${encoding}: attribute (removed|renamed|added)`)),
      bound: { least: 250 },
    },
    {
      subject: `OTLP ${encoding}: spans sampled at 50 %, \`tracestate\` written`,
      asked: "at least 350 MB/s a core",
      where: edits(`traces ${encoding}: sampled at 50 %, tracestate written`),
      bound: { least: 350 },
    },
  ]),
  {
    subject: "Datadog JSON: redact, remove, rename, add",
    asked: "at least 250 MB/s a core",
    where: edits(/^Datadog: (attribute|body) /),
    bound: { least: 250 },
    why: "two fifths of the time is reading and judging, a fifth finding matches, and a sixth writing the body, half of that making room for it; no single step stands out",
  },
  {
    subject: "a match of a regex that is replaced, in a text of matches",
    asked: "at most 60 ns",
    where: at("a regex redacts", "numbers, nothing else", "a match"),
    bound: { most: 60 },
  },
  {
    subject: "a coded body of which 30 % was dropped",
    asked: "leaves as at most 1.05 × its share of what came",
    where: at("coded bodies of 1 MB, 30 % of the records dropped", /./, "out ÷ its share"),
    bound: { most: 1.05 },
  },
  {
    subject: "a body of 64 MiB, every record edited: memory grows by",
    asked: "at most 3 × its size",
    where: at("one body, every record edited: most over idle", "64 MiB", "÷ the body"),
    bound: { most: 3 },
  },
];
