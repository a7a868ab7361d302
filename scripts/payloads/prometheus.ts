// An exposition in text: HELP, TYPE and samples, of exactly the bytes that are asked for.

import { METHODS, REGIONS, ROUTES } from "./log-record.ts";
import type { Made } from "./otlp.ts";
import { type Random, randomOf } from "./random.ts";

export interface PrometheusOptions {
  readonly seed: number;
  readonly size: number;
  readonly matchRate: number;
}

const CLEAN: readonly (readonly [string, string, string])[] = [
  ["http_requests", "counter", "Requests served"],
  ["http_request_duration_seconds", "histogram", "Request latency"],
  ["process_resident_memory_bytes", "gauge", "Resident memory"],
  ["queue_depth", "gauge", "Messages waiting"],
  ["db_query_duration_seconds", "histogram", "Query latency"],
  ["rpc_calls", "counter", "RPC calls made"],
  ["payments_processed", "counter", "Payments processed"],
  ["thread_pool_active", "gauge", "Busy threads"],
];
const BOUNDS = [
  "0.005",
  "0.01",
  "0.025",
  "0.05",
  "0.1",
  "0.25",
  "0.5",
  "1",
  "2.5",
  "5",
  "10",
  "+Inf",
];
/** Series of a family. */
const SERIES = 40;
/** Noise as families of its own; each kind is matched by the live policy of its number. */
const NOISE: Readonly<Record<number, (f: number) => string>> = {
  0: () => "runtime_gc_heap_allocs",
  1: (f) => `debug_state_${f}`,
  2: (f) => `jvm_${f % 2 === 1 ? "buffer" : "memory"}_pool_${letters(f)}`,
  3: (f) => `feature_${f}_unused`,
  4: (f) => `cart_experimental_${f}`,
  8: (f) => `test_load_${f}`,
  9: () => "Legacy_Temp_Gauge",
};
/** A family may be there only once, so those of one exact name are, too. */
const ONCE = [0, 9];
const OFTEN = [1, 2, 3, 4, 8];
const PAD_BYTES_MAX = 1001;

function letters(number: number): string {
  let text = "";
  for (let n = number + 1; n > 0; n = Math.floor(n / 26)) {
    n--;
    text = String.fromCharCode(97 + (n % 26)) + text;
  }
  return text;
}

/** What is written so far. Counts steer the noise, so that the share of matching lines is right. */
class Exposition {
  readonly #parts: string[] = [];
  readonly #size: number;
  total = 0;
  records = 0;
  matching = 0;
  isFull = false;

  constructor(size: number) {
    this.#size = size;
  }

  add(text: string, records: number, matching: number): void {
    if (this.total + text.length > this.#size) {
      this.isFull = true;
      return;
    }
    this.#parts.push(text);
    this.total += text.length;
    this.records += records;
    this.matching += matching;
  }

  /** With lines of comments at its end, so that the size is exact. */
  done(): Made {
    while (this.total < this.#size) {
      const gap = this.#size - this.total;
      const bytes = gap > PAD_BYTES_MAX ? PAD_BYTES_MAX - 1 : gap;
      this.#parts.push(bytes === 1 ? "\n" : `#${"x".repeat(bytes - 2)}\n`);
      this.total += bytes;
    }
    const body = Buffer.from(this.#parts.join(""), "latin1");
    return { body, records: this.records, matching: this.matching };
  }
}

export function prometheus({ seed, size, matchRate }: PrometheusOptions): Made {
  const r = randomOf(seed);
  const text = new Exposition(size);
  const once = [...ONCE];
  let inFamilies = 0;
  for (let f = 0; !text.isFull; f++) {
    const isNoise = inFamilies < 0.6 * matchRate * (text.records + 1);
    const kind = isNoise ? (once.shift() ?? OFTEN[r.int(5)] ?? 1) : undefined;
    const [name, type, help] = kind === undefined ? cleanFamily(r, f) : noisyFamily(kind, f);
    const before = text.matching;
    text.add(`# HELP ${name} ${help}.\n# TYPE ${name} ${type}\n`, 0, 0);
    for (let s = 0; s < SERIES && !text.isFull; s++) {
      addSeries(r, text, { name, type, kind, s, matchRate });
    }
    if (kind !== undefined) inFamilies += text.matching - before;
  }
  return text.done();
}

function cleanFamily(r: Random, f: number): readonly [string, string, string] {
  const [name, type, help] = r.pick(CLEAN);
  return [`svc${f}_${name}${type === "counter" ? "_total" : ""}`, type, help];
}

function noisyFamily(kind: number, f: number): readonly [string, string, string] {
  return [NOISE[kind]?.(f) ?? "", "gauge", "Noise for the policies to drop"];
}

interface Series {
  readonly name: string;
  readonly type: string;
  /** Of a family that is noise. */
  readonly kind: number | undefined;
  readonly s: number;
  readonly matchRate: number;
}

function addSeries(r: Random, text: Exposition, series: Series): void {
  const { name, type, kind, s, matchRate } = series;
  const labels: Record<string, string> = {
    method: r.pick(METHODS),
    endpoint: r.pick(ROUTES),
    instance: `10.0.${s % 256}.${r.int(256)}:9100`,
    region: r.pick(REGIONS),
    outcome: r.pick(["success", "error"]),
  };
  const isNoisySeries = kind === undefined && text.matching < matchRate * (text.records + 1);
  if (isNoisySeries) {
    const way = r.int(3);
    if (way === 0) labels["pod_uid"] = r.hex(8);
    else if (way === 1) labels["outcome"] = "canceled";
    else labels["endpoint"] = `/${r.pick(["healthz", "readyz", "livez"])}`;
  }
  if (kind === 8) labels["env"] = "ci";
  const noisy = kind !== undefined || isNoisySeries ? 1 : 0;
  const l = Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(",");
  if (type !== "histogram") {
    const value = type === "counter" ? r.u32() : r.int(1_000_000) / 100;
    text.add(`${name}{${l}} ${value}\n`, 1, noisy);
    return;
  }
  let sum = 0;
  let lines = "";
  for (const le of BOUNDS) {
    sum += r.int(50);
    lines += `${name}_bucket{${l},le="${le}"} ${sum}\n`;
  }
  lines += `${name}_sum{${l}} ${r.int(100_000) / 100}\n${name}_count{${l}} ${sum}\n`;
  text.add(lines, BOUNDS.length + 2, noisy * (BOUNDS.length + 2));
}
