// Runs the filter of protobuf expositions over bytes, in chunks of given sizes, for tests.

import { expect } from "bun:test";
import type { Evaluation, Matcher } from "../../../../../src/policy/index.ts";
import {
  ProtobufFilter,
  type StreamingCounts,
} from "../../../../../src/protocols/prometheus/format/index.ts";
import { testEngine } from "../../../../support/engine.ts";
import { drop } from "../filter-text.ts";
import { decodeFamilies, encodeFamilies, type MetricFamily } from "./families.ts";

export interface FilteredBytes {
  readonly bytes: Buffer;
  readonly counts: StreamingCounts;
  readonly limitReached: "input" | "output" | undefined;
  readonly fault: unknown;
}

export interface ProtobufOptions {
  readonly evaluation: Evaluation | undefined;
  readonly chunkBytes?: number;
  readonly familyBytesMax?: number;
  readonly inputBytesMax?: number;
  readonly outputBytesMax?: number;
}

export function filterProtobuf(input: Uint8Array, options: ProtobufOptions): FilteredBytes {
  const { chunkBytes = Math.max(1, input.length), ...rest } = options;
  const out: Uint8Array[] = [];
  const filter = new ProtobufFilter({
    ...rest,
    sink: { write: (from, start, end) => void out.push(from.slice(start, end)) },
  });
  for (let at = 0; at < input.length; at += chunkBytes) {
    // A copy that is spoilt afterwards, as a reader that uses its buffer again would do.
    const chunk = new Uint8Array(input.subarray(at, at + chunkBytes));
    const goesOn = filter.push(chunk);
    chunk.fill(0x21);
    if (!goesOn) break;
  }
  if (filter.limitReached === undefined) filter.end();
  const { counts, limitReached, fault } = filter;
  return { bytes: Buffer.concat(out), counts, limitReached, fault };
}

/** What is left of families by policies that each drop what their matchers hold for. */
export function leftOf(
  families: readonly MetricFamily[],
  ...drops: (readonly Matcher[])[]
): MetricFamily[] {
  const input = encodeFamilies(families);
  const run = (chunkBytes: number): FilteredBytes => {
    const { engine } = testEngine(drops.map((matchers, i) => drop(`p${i}`, ...matchers)));
    return filterProtobuf(input, { evaluation: engine.evaluation("metric"), chunkBytes });
  };
  const whole = run(input.length);
  for (const size of [1, 7]) expect(run(size)).toEqual(whole);
  expect(whole.fault).toBeUndefined();
  return decodeFamilies(whole.bytes);
}
