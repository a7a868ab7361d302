// Metric families for tests, as protobuf and as text: written and read with another library's wire
// format, and by the words of the specification, not with what is tested.

import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** Numbers of io.prometheus.client.MetricType. */
export const Type = {
  counter: 0,
  gauge: 1,
  summary: 2,
  untyped: 3,
  histogram: 4,
  gaugehistogram: 5,
} as const;
const WORDS = ["counter", "gauge", "summary", "untyped", "histogram", "gaugehistogram"];

export interface Metric {
  readonly labels: readonly (readonly [string, string])[];
  readonly value?: number;
  readonly count?: number;
  readonly sum?: number;
  /** Upper bounds and cumulative counts. */
  readonly buckets?: readonly (readonly [number, number])[];
  readonly quantiles?: readonly (readonly [number, number])[];
  readonly isNative?: boolean;
  readonly timestampMs?: number;
}

export interface MetricFamily {
  readonly name: string;
  readonly type: number;
  readonly help?: string;
  readonly unit?: string;
  readonly metrics: readonly Metric[];
}

/** One message behind its length. */
export function encodeFamily(family: MetricFamily): Uint8Array {
  const message = writeFamily(new BinaryWriter(), family).finish();
  return new BinaryWriter().bytes(message).finish();
}

export function encodeFamilies(families: readonly MetricFamily[]): Uint8Array {
  return Buffer.concat(families.map((family) => encodeFamily(family)));
}

function writeFamily(writer: BinaryWriter, family: MetricFamily): BinaryWriter {
  const { name, help, type, unit, metrics } = family;
  writer.tag(1, WireType.LengthDelimited).string(name);
  if (help !== undefined) writer.tag(2, WireType.LengthDelimited).string(help);
  writer.tag(3, WireType.Varint).int32(type);
  for (const metric of metrics) {
    writer.tag(4, WireType.LengthDelimited).fork();
    writeMetric(writer, metric, type);
    writer.join();
  }
  if (unit !== undefined) writer.tag(5, WireType.LengthDelimited).string(unit);
  return writer;
}

function writeMetric(writer: BinaryWriter, metric: Metric, type: number): void {
  for (const [name, value] of metric.labels) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(name);
    writer.tag(2, WireType.LengthDelimited).string(value);
    writer.join();
  }
  if (type === Type.histogram || type === Type.gaugehistogram) writeHistogram(writer, metric);
  else if (type === Type.summary) writeSummary(writer, metric);
  else {
    const field = type === Type.gauge ? 2 : type === Type.counter ? 3 : 5;
    writer.tag(field, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.Bit64).double(metric.value ?? 0);
    writer.join();
  }
  if (metric.timestampMs !== undefined) writer.tag(6, WireType.Varint).int64(metric.timestampMs);
}

function writeHistogram(writer: BinaryWriter, metric: Metric): void {
  writer.tag(7, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Varint).uint64(metric.count ?? 0);
  writer.tag(2, WireType.Bit64).double(metric.sum ?? 0);
  for (const [bound, count] of metric.buckets ?? []) {
    writer.tag(3, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.Varint).uint64(count);
    writer.tag(2, WireType.Bit64).double(bound);
    writer.join();
  }
  if (metric.isNative === true) {
    writer.tag(5, WireType.Varint).sint32(3);
    writer.tag(6, WireType.Bit64).double(1e-128);
    writer.tag(7, WireType.Varint).uint64(0);
    writer.tag(12, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.Varint).sint32(0);
    writer.tag(2, WireType.Varint).uint32(1);
    writer.join();
    writer
      .tag(13, WireType.LengthDelimited)
      .fork()
      .sint64(metric.count ?? 0)
      .join();
  }
  writer.join();
}

function writeSummary(writer: BinaryWriter, metric: Metric): void {
  writer.tag(4, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Varint).uint64(metric.count ?? 0);
  writer.tag(2, WireType.Bit64).double(metric.sum ?? 0);
  for (const [quantile, value] of metric.quantiles ?? []) {
    writer.tag(3, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.Bit64).double(quantile);
    writer.tag(2, WireType.Bit64).double(value);
    writer.join();
  }
  writer.join();
}

/** Reads what `encodeFamilies` writes, or what is left of it. */
export function decodeFamilies(bytes: Uint8Array): MetricFamily[] {
  const all: MetricFamily[] = [];
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) all.push(readFamily(reader.bytes()));
  return all;
}

interface Fields {
  readonly number: number;
  /** A nested message, a number or a double, as the wire type says. */
  readonly value: Uint8Array | number;
}

function fieldsOf(bytes: Uint8Array): Fields[] {
  const reader = new BinaryReader(bytes);
  const fields: Fields[] = [];
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (wireType === WireType.LengthDelimited) fields.push({ number, value: reader.bytes() });
    else if (wireType === WireType.Bit64) fields.push({ number, value: reader.double() });
    else fields.push({ number, value: Number(reader.uint64()) });
  }
  return fields;
}
const nested = (fields: readonly Fields[], number: number): Uint8Array[] =>
  fields.flatMap((field) =>
    field.number === number && typeof field.value !== "number" ? [field.value] : [],
  );
const numeric = (fields: readonly Fields[], number: number): number | undefined => {
  const value = fields.findLast((field) => field.number === number)?.value;
  return typeof value === "number" ? value : undefined;
};
const textOf = (fields: readonly Fields[], number: number): string | undefined => {
  const last = nested(fields, number).at(-1);
  return last === undefined ? undefined : Buffer.from(last).toString();
};

function readFamily(bytes: Uint8Array): MetricFamily {
  const fields = fieldsOf(bytes);
  const type = numeric(fields, 3) ?? 0;
  const [help, unit] = [textOf(fields, 2), textOf(fields, 5)];
  return {
    name: textOf(fields, 1) ?? "",
    type,
    ...(help === undefined ? {} : { help }),
    ...(unit === undefined ? {} : { unit }),
    metrics: nested(fields, 4).map((metric) => readMetric(metric, type)),
  };
}

function readMetric(bytes: Uint8Array, type: number): Metric {
  const fields = fieldsOf(bytes);
  const labels = nested(fields, 1).map((label) => {
    const pair = fieldsOf(label);
    return [textOf(pair, 1) ?? "", textOf(pair, 2) ?? ""] as const;
  });
  const timestampMs = numeric(fields, 6);
  const common = { labels, ...(timestampMs === undefined ? {} : { timestampMs }) };
  const field = [3, 2, 4, 5, 7, 7][type] ?? 5;
  const value = fieldsOf(nested(fields, field)[0] ?? new Uint8Array(0));
  const pairs = (key: number, number: number): [number, number][] =>
    nested(value, 3).map((part) => {
      const own = fieldsOf(part);
      return [numeric(own, key) ?? 0, numeric(own, number) ?? 0];
    });
  const totals = { count: numeric(value, 1) ?? 0, sum: numeric(value, 2) ?? 0 };
  if (field === 7) {
    const isNative = numeric(value, 5) !== undefined;
    return { ...common, ...totals, buckets: pairs(2, 1), ...(isNative ? { isNative } : {}) };
  }
  if (field === 4) return { ...common, ...totals, quantiles: pairs(1, 2) };
  return { ...common, value: numeric(value, 1) ?? 0 };
}

/** Bounds that tests use, as Go writes them. */
const SPELLED = new Map([
  [1_000_000, "1e+06"],
  [0.000_025, "2.5e-05"],
  [Number.POSITIVE_INFINITY, "+Inf"],
]);
const spelled = (value: number): string => SPELLED.get(value) ?? String(value);
const quoted = (text: string): string =>
  `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;

/** The samples of a metric, a line each, as text format 0.0.4 has them. */
export function samplesOf({ name, type }: MetricFamily, metric: Metric): string[] {
  const { value = 0, count = 0, sum = 0, buckets = [], quantiles = [], timestampMs } = metric;
  const line = (suffix: string, of: number, ...more: (readonly [string, string])[]): string => {
    const list = [...metric.labels, ...more].map(([key, text]) => `${key}=${quoted(text)}`);
    const labels = list.length === 0 ? "" : `{${list.join(",")}}`;
    const time = timestampMs === undefined ? "" : ` ${timestampMs}`;
    return `${name}${suffix}${labels} ${spelled(of)}${time}`;
  };
  if (type === Type.summary) {
    const own = quantiles.map(([key, of]) => line("", of, ["quantile", spelled(key)]));
    return [...own, line("_sum", sum), line("_count", count)];
  }
  if (type !== Type.histogram) return [line("", value)];
  const own = buckets.map(([bound, of]) => line("_bucket", of, ["le", spelled(bound)]));
  const isOpen = buckets.at(-1)?.[0] === Number.POSITIVE_INFINITY;
  if (!isOpen) own.push(line("_bucket", count, ["le", "+Inf"]));
  return [...own, line("_sum", sum), line("_count", count)];
}

/** An exposition in text format 0.0.4, with UNIT. */
export function textOfFamilies(families: readonly MetricFamily[]): string {
  const lines = families.flatMap((family) => {
    const { name, type, help, unit, metrics } = family;
    const escaped = help?.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
    return [
      ...(escaped === undefined ? [] : [`# HELP ${name} ${escaped}`]),
      `# TYPE ${name} ${WORDS[type] ?? "untyped"}`,
      ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
      ...metrics.flatMap((metric) => samplesOf(family, metric)),
    ];
  });
  return lines.map((line) => `${line}\n`).join("");
}
