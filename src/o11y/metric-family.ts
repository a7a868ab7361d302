// The series of one metric as plain numbers in one array, and their text for Prometheus (format
// 0.0.4). An update is an index computation and an addition; everything else is done when somebody
// asks for the text.

import { printable } from "../core/printable.ts";
import type { MetricSpec } from "./metric-spec.ts";

const OTHER = "other";

/** One series: 1 number, or of a histogram one per bucket, one for above, and the sum. */
export interface Series {
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly numbers: Float64Array;
}

export class MetricFamily {
  readonly spec: MetricSpec;
  /** Numbers of one series: 1, or for a histogram one per bucket, one for above, and the sum. */
  readonly #width: number;
  /** Series of one value of the open label. */
  readonly #stride: number;
  readonly #closed: readonly ReadonlyMap<string, number>[];
  readonly #buckets: readonly number[];
  readonly #open = new Map<string, number>();
  #numbers: Float64Array;
  /** Text in braces of each series, made when it is first asked for. */
  #labelTexts: string[] = [];

  constructor(spec: MetricSpec) {
    this.spec = spec;
    this.#buckets = spec.buckets ?? [];
    this.#width = spec.type === "histogram" ? this.#buckets.length + 2 : 1;
    const labels = spec.labels ?? [];
    this.#closed = labels.map(({ values }) => new Map(values.map((value, i) => [value, i])));
    this.#stride = labels.reduce((product, { values }) => product * values.length, 1);
    const rows = spec.open === undefined ? 1 : 0;
    this.#numbers = new Float64Array(rows * this.#stride * this.#width);
  }

  /**
   * Index of the series with these values of the closed labels; unknown values count as "other", or
   * not (-1).
   */
  at(first = "", second = ""): number {
    return this.#closedIndex(first, second);
  }

  /** Index of the series below `openValue`, which is created on its first use; -1 as for `at`. */
  atOpen(openValue: string, first = "", second = ""): number {
    const index = this.#closedIndex(first, second);
    return index === -1 ? -1 : this.#row(openValue) * this.#stride + index;
  }

  add(index: number, by: number): void {
    // A counter never goes down, and one NaN would spoil it for good.
    if (index < 0 || !(by > 0)) return;
    const at = index * this.#width;
    this.#numbers[at] = (this.#numbers[at] as number) + by;
  }

  set(index: number, value: number): void {
    if (index >= 0) this.#numbers[index * this.#width] = value;
  }

  /** Counts one value in a histogram. */
  observe(index: number, value: number): void {
    if (index < 0 || !(value >= 0)) return;
    const buckets = this.#buckets;
    const base = index * this.#width;
    let bucket = 0;
    while (bucket < buckets.length && value > (buckets[bucket] as number)) bucket++;
    this.#numbers[base + bucket] = (this.#numbers[base + bucket] as number) + 1;
    const sum = base + buckets.length + 1;
    this.#numbers[sum] = (this.#numbers[sum] as number) + value;
  }

  /**
   * Forgets all values of the open label: for metrics that are filled anew when they are asked for.
   */
  clear(): void {
    this.#open.clear();
    this.#labelTexts = [];
    this.#numbers = new Float64Array(0);
  }

  /** All series, each with its labels and numbers. */
  series(): readonly Series[] {
    return this.#shown().map((index) => {
      const at = index * this.#width;
      return {
        labels: this.#labelsOf(index),
        numbers: this.#numbers.slice(at, at + this.#width),
      };
    });
  }

  /** HELP, TYPE and all series; empty when there are none yet. */
  text(): string {
    const shown = this.#shown();
    if (shown.length === 0) return "";
    const { name, help, type } = this.spec;
    const lines = [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`];
    for (const index of shown) {
      const labels = this.#labelText(index);
      if (type === "histogram") this.#histogramLines(index, labels, lines);
      else lines.push(`${name}${braces(labels)} ${numberText(this.#numbers[index] as number)}`);
    }
    return `${lines.join("\n")}\n`;
  }

  /** Indexes of the series that are shown. */
  #shown(): readonly number[] {
    const all = Array.from({ length: this.#numbers.length / this.#width }, (_, index) => index);
    return this.spec.isSparse === true ? all.filter((index) => this.#numbers[index] !== 0) : all;
  }

  #closedIndex(first: string, second: string): number {
    const [one, two] = this.#closed;
    if (one === undefined) return 0;
    const a = one.get(first) ?? one.get(OTHER) ?? -1;
    if (two === undefined || a === -1) return a;
    const b = two.get(second) ?? two.get(OTHER) ?? -1;
    return b === -1 ? -1 : a * two.size + b;
  }

  #row(openValue: string): number {
    const known = this.#open.get(openValue);
    if (known !== undefined) return known;
    const valuesMax = this.spec.open?.valuesMax ?? 0;
    const row = this.#open.size;
    // The bound's last row is kept for "other".
    if (openValue !== OTHER && row >= valuesMax - (this.#open.has(OTHER) ? 0 : 1)) {
      return this.#row(OTHER);
    }
    this.#open.set(openValue, row);
    const needed = (row + 1) * this.#stride * this.#width;
    if (needed > this.#numbers.length) {
      const grown = new Float64Array(needed);
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    return row;
  }

  #histogramLines(index: number, labels: string, lines: string[]): void {
    const { name } = this.spec;
    const base = index * this.#width;
    const separator = labels === "" ? "" : ",";
    let count = 0;
    for (let i = 0; i < this.#buckets.length; i++) {
      count += this.#numbers[base + i] as number;
      const bound = numberText(this.#buckets[i] as number);
      lines.push(`${name}_bucket{${labels}${separator}le="${bound}"} ${count}`);
    }
    count += this.#numbers[base + this.#buckets.length] as number;
    const sum = this.#numbers[base + this.#buckets.length + 1] as number;
    lines.push(
      `${name}_bucket{${labels}${separator}le="+Inf"} ${count}`,
      `${name}_sum${braces(labels)} ${numberText(sum)}`,
      `${name}_count${braces(labels)} ${count}`,
    );
  }

  #labelText(index: number): string {
    const known = this.#labelTexts[index];
    if (known !== undefined) return known;
    const parts = this.#labelsOf(index).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
    const text = parts.join(",");
    this.#labelTexts[index] = text;
    return text;
  }

  #labelsOf(index: number): Series["labels"] {
    const labels: [string, string][] = [];
    if (this.spec.open !== undefined) {
      const row = Math.floor(index / this.#stride);
      labels.push([this.spec.open.name, [...this.#open.keys()][row] ?? OTHER]);
    }
    let below = this.#stride;
    let rest = index % this.#stride;
    for (const { name, values } of this.spec.labels ?? []) {
      below /= values.length;
      labels.push([name, values[Math.floor(rest / below)] ?? ""]);
      rest %= below;
    }
    return labels;
  }
}

function braces(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

/**
 * Prometheus asks for UTF-8, and escapes these three only; what a terminal would obey is no part of
 * a value.
 */
function escapeLabel(text: string): string {
  const escaped = printable(text)
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n");
  return escaped.toWellFormed();
}
