// What edits cost: bytes in to edited bytes out on one core, for each operation, encoding and share
// of records, beside parsing the body as JSON, making the same edit and printing it, by turns in
// the same run; and what a match of a regex costs that is replaced. `bun run bench edits [ROW …]
// [--against=DIR]`: rows whose title contains all words, or `matches`; DIR is another checkout of
// this project, whose code takes its turns, too; `--ms=500` is the time of each figure.

import path from "node:path";
import type { Evaluation, Policy, RecordFormat, Signal } from "../../src/policy/index.ts";
import { datadogBody, type Generated, otlpBody } from "../payloads/index.ts";
import { runMatches } from "./edits/matches.ts";
import { inTurns } from "./measure.ts";
import type { Report } from "./report/report.ts";
import type { RegexValidator } from "../../src/regex/port.ts";

/** Of each figure, beside a warm-up. */
const MEASURE_MS = 500;
const HERE = path.resolve(import.meta.dir, "../..");

/** What is measured of a checkout. */
interface Checkout {
  filtering(row: Row): Evaluation;
  format(row: Row): RecordFormat;
}

interface Row {
  readonly title: string;
  readonly signal: Signal;
  readonly encoding: "json" | "protobuf" | "datadog";
  readonly policy: Record<string, unknown>;
  /** Of Datadog records. */
  readonly shape?: "plain" | "nested" | "wrapped";
  /** The same on a parsed record; JSON only. */
  readonly plain?: (record: PlainRecord) => void;
}

interface PlainAttribute {
  key: string;
  value: Record<string, unknown>;
}
interface PlainRecord {
  [name: string]: unknown;
  attributes: PlainAttribute[];
  body: { stringValue: string };
}

const DIGITS = "[0-9]{2,}";
const ALL = [{ log_field: "body", exists: true }];
const THIRD = [{ log_attribute: "user_id", regex: "[147]$" }];

function isThird(user: unknown): boolean {
  return typeof user === "string" && /[147]$/.test(user);
}

/** The operations on an attribute and on the body, as policies and on plain records. */
const LOG_ROWS = [
  { title: "judged only, 100 %", policy: { match: ALL, keep: "all" } },
  {
    title: "attribute redacted whole, 100 %",
    policy: {
      match: ALL,
      transform: { redact: [{ log_attribute: "user_id", replacement: "[REDACTED]" }] },
    },
    otlp: (record: PlainRecord) => {
      for (const one of record.attributes) {
        if (one.key === "user_id") one.value = { stringValue: "[REDACTED]" };
      }
    },
    datadog: (record: PlainRecord) => {
      if ("user_id" in record) record["user_id"] = "[REDACTED]";
    },
  },
  {
    title: "body redacted by a regex, 100 %",
    policy: {
      match: ALL,
      transform: { redact: [{ log_field: "body", replacement: "<N>", regex: DIGITS }] },
    },
    otlp: (record: PlainRecord) => redactBody(record),
    datadog: (record: PlainRecord) => redactMessage(record),
  },
  {
    title: "body redacted by a regex, a third",
    policy: {
      match: THIRD,
      transform: { redact: [{ log_field: "body", replacement: "<N>", regex: DIGITS }] },
    },
    otlp: (record: PlainRecord) => {
      const user = record.attributes.find(({ key }) => key === "user_id");
      if (isThird(user?.value["stringValue"])) redactBody(record);
    },
    datadog: (record: PlainRecord) => {
      if (isThird(record["user_id"])) redactMessage(record);
    },
  },
  {
    title: "attribute removed, 100 %",
    policy: { match: ALL, transform: { remove: [{ log_attribute: "user_id" }] } },
    otlp: (record: PlainRecord) => {
      record.attributes = record.attributes.filter(({ key }) => key !== "user_id");
    },
    datadog: (record: PlainRecord) => void delete record["user_id"],
  },
  {
    title: "attribute renamed, 100 %",
    policy: {
      match: ALL,
      transform: { rename: [{ from_log_attribute: "user_id", to: "user", upsert: true }] },
    },
    otlp: (record: PlainRecord) => {
      const at = record.attributes.findIndex(({ key }) => key === "user_id");
      if (at < 0) return;
      const [one] = record.attributes.splice(at, 1);
      if (one !== undefined) record.attributes.push({ ...one, key: "user" });
    },
    datadog: (record: PlainRecord) => {
      if (!("user_id" in record)) return;
      record["user"] = record["user_id"];
      delete record["user_id"];
    },
  },
  {
    title: "attribute added, 100 %",
    policy: {
      match: ALL,
      transform: { add: [{ log_attribute: "policy_hit", value: "true", upsert: true }] },
    },
    otlp: (record: PlainRecord) => {
      record.attributes.push({ key: "policy_hit", value: { stringValue: "true" } });
    },
    datadog: (record: PlainRecord) => {
      record["policy_hit"] = "true";
    },
  },
];

/** Values inside of what a Datadog record holds, of records that have them. */
const NESTED_ROWS = [
  {
    title: "nested value redacted, 100 %",
    shape: "nested" as const,
    redact: { log_attribute: ["http", "url"], replacement: "[REDACTED]" },
    datadog: (record: PlainRecord) => {
      (record["http"] as Record<string, string>)["url"] = "[REDACTED]";
    },
  },
  {
    title: "tag redacted, 100 %",
    shape: "plain" as const,
    redact: { log_attribute: "team", replacement: "[REDACTED]" },
    datadog: (record: PlainRecord) => {
      record["ddtags"] = String(record["ddtags"]).replace(/(^|,)team:[^,]*/, "$1team:[REDACTED]");
    },
  },
  {
    title: "value in a document in the message redacted, 100 %",
    shape: "wrapped" as const,
    redact: {
      log_attribute: ["data", "jsonPayload", "account_name"],
      replacement: "[REDACTED]",
    },
    datadog: (record: PlainRecord) => {
      const document = JSON.parse(String(record["message"])) as {
        data: { jsonPayload: Record<string, string> };
      };
      document.data.jsonPayload["account_name"] = "[REDACTED]";
      record["message"] = JSON.stringify(document);
    },
  },
];

const SAMPLED = {
  title: "sampled at 50 %, tracestate written",
  policy: { match: [{ trace_field: "name", exists: true }], keep: { percentage: 50 } },
};

function redactBody(record: PlainRecord): void {
  record.body.stringValue = record.body.stringValue.replaceAll(new RegExp(DIGITS, "g"), "<N>");
}
function redactMessage(record: PlainRecord): void {
  record["message"] = String(record["message"]).replaceAll(new RegExp(DIGITS, "g"), "<N>");
}

function rows(): Row[] {
  const all: Row[] = [];
  for (const encoding of ["json", "protobuf", "datadog"] as const) {
    for (const { title, policy, ...plain } of LOG_ROWS) {
      const edit = encoding === "json" ? plain.otlp : plain.datadog;
      const name = encoding === "datadog" ? "Datadog" : `logs ${encoding}`;
      const isText = encoding !== "protobuf" && edit !== undefined;
      all.push({
        title: `${name}: ${title}`,
        signal: "log",
        encoding,
        policy: { log: { keep: "all", ...policy } },
        ...(isText ? { plain: edit } : {}),
      });
    }
  }
  for (const { title, shape, redact, datadog } of NESTED_ROWS) {
    const policy = { log: { keep: "all", match: ALL, transform: { redact: [redact] } } };
    const name = `Datadog: ${title}`;
    all.push({ title: name, signal: "log", encoding: "datadog", policy, shape, plain: datadog });
  }
  for (const encoding of ["json", "protobuf"] as const) {
    const { title, policy } = SAMPLED;
    const name = `traces ${encoding}: ${title}`;
    all.push({ title: name, signal: "trace", encoding, policy: { trace: policy } });
  }
  return all;
}

/** Parses, edits all records of an OTLP or a Datadog body, and prints. */
function naive(body: Uint8Array, { encoding, plain }: Row): Uint8Array {
  const tree: unknown = JSON.parse(new TextDecoder().decode(body));
  if (plain !== undefined) {
    for (const record of encoding === "datadog" ? (tree as PlainRecord[]) : recordsOf(tree)) {
      plain(record);
    }
  }
  return new TextEncoder().encode(JSON.stringify(tree));
}

function recordsOf(tree: unknown): PlainRecord[] {
  // The generator's own shape.
  const { resourceLogs } = tree as {
    resourceLogs: { scopeLogs: { logRecords: PlainRecord[] }[] }[];
  };
  return resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap((one) => one.logRecords));
}

/** The code of a checkout; its modules are those that this file's own imports name. */
async function load(folder: string): Promise<Checkout> {
  const policy = (await import(
    `${folder}/src/policy/index.ts`
  )) as typeof import("../../src/policy/index.ts");
  const otlp = (await import(
    `${folder}/src/protocols/otlp/format/index.ts`
  )) as typeof import("../../src/protocols/otlp/format/index.ts");
  const datadog = (await import(
    `${folder}/src/protocols/datadog/format/index.ts`
  )) as typeof import("../../src/protocols/datadog/format/index.ts");
  // Older checkouts have other names for the same.
  const re2 = (await import(`${folder}/src/re2/index.ts`)) as Record<string, () => RegexValidator>;
  const validateRegex = (re2["createRegexValidator"] ?? re2["createJudge"])?.();
  if (validateRegex === undefined) throw new Error(`${folder}: no validator of regexes`);
  const judges = { validateRegex, judge: validateRegex };
  return {
    filtering({ policy: one, signal }) {
      const set = { policies: [{ id: "p", name: "p", ...one }] };
      const { policies } = policy.decodePolicySet(set, policy.AUTHORING);
      const faults = policies.flatMap(({ errors }: Policy) => errors);
      if (faults.length > 0) throw new Error(JSON.stringify(faults));
      const nowMs = (): number => performance.now();
      const engine = policy.createEngine({ ...judges, nowMs, random: Math.random });
      for (const steps = engine.replace([...policies]); steps.next().done !== true;);
      const evaluation = engine.evaluation(signal);
      if (evaluation === undefined) throw new Error("no working policy");
      return evaluation;
    },
    format({ encoding, signal }) {
      if (encoding === "datadog") return datadog.datadogLogsFormat();
      return encoding === "json" ? otlp.otlpJsonFormat(signal) : otlp.otlpProtobufFormat(signal);
    },
  };
}

function bodyOf({ encoding, shape, signal }: Row): Generated {
  const bytes = 1_000_000;
  return encoding === "datadog"
    ? datadogBody({ bytes, shape: shape ?? "mixed" })
    : otlpBody(signal, { bytes, encoding });
}

export async function run(report: Report): Promise<void> {
  const against = report.option("against");
  const { words } = report;
  const checkouts = [await load(HERE)];
  if (against !== undefined) checkouts.push(await load(path.resolve(against)));
  const table = report.table("edits of 1 MB, one core", {
    edited: "%",
    "a record": "ns",
    throughput: "MB/s",
    against: "MB/s",
    "parse, edit, print": "MB/s",
    ratio: "×",
  });
  for (const row of rows()) {
    if (words.length > 0 && !words.every((word) => row.title.includes(word))) continue;
    const { body, records } = bodyOf(row);
    const filters = checkouts.map((checkout) => {
      const [format, evaluation] = [checkout.format(row), checkout.filtering(row)];
      return () => format.filter(body, evaluation);
    });
    const outcome = filters[0]?.();
    const hasNaive = row.plain !== undefined;
    const works = [...filters, ...(hasNaive ? [() => naive(body, row)] : [])];
    const budgetMs = report.amount(MEASURE_MS, 10, "ms");
    const [ms = 0, ...others] = inTurns(works, budgetMs).map((one) => one.ms);
    const mbps = (one: number | undefined): number | undefined =>
      one === undefined ? undefined : body.length / 1000 / one;
    const plainMs = hasNaive ? others.at(-1) : undefined;
    table.row(row.title, {
      edited: ((outcome?.edited ?? 0) / records) * 100,
      "a record": (ms * 1e6) / records,
      throughput: mbps(ms),
      against: against === undefined ? undefined : mbps(others[0]),
      "parse, edit, print": mbps(plainMs),
      ratio: plainMs === undefined ? undefined : plainMs / ms,
    });
  }
  if (report.wants("matches")) await runMatches(report, against);
}
