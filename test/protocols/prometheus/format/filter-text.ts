// Runs the streaming filter over a text, in chunks of given sizes, for tests.

import { expect } from "bun:test";
import { decodeUtf8, encodeUtf8 } from "../../../../src/core/utf8.ts";
import type { Matcher, Policy } from "../../../../src/policy/index.ts";
import {
  PolicyStreamingFilter,
  type StreamingCounts,
  type StreamingFilterOptions,
} from "../../../../src/protocols/prometheus/format/index.ts";
import { policyOf, testEngine } from "../../../support/engine.ts";

export interface Filtered {
  readonly text: string;
  readonly counts: StreamingCounts;
  readonly limitReached: "input" | "output" | undefined;
  readonly fault: unknown;
}

export type Options = Partial<Omit<StreamingFilterOptions, "sink">> & {
  /** Sizes of the chunks, in turn; the last one again and again. Default: one chunk. */
  readonly chunkBytes?: readonly number[];
};

export function filterBytes(bytes: Uint8Array, options: Options): Filtered {
  const { chunkBytes = [bytes.length], evaluation, ...rest } = options;
  const out: Uint8Array[] = [];
  const filter = new PolicyStreamingFilter({
    ...rest,
    evaluation,
    sink: { write: (from, start, end) => void out.push(from.slice(start, end)) },
  });
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = Math.max(1, chunkBytes[Math.min(i, chunkBytes.length - 1)] ?? 1);
    // A copy that is spoilt afterwards, as a reader that uses its buffer again would do.
    const chunk = bytes.slice(at, at + size);
    const goesOn = filter.push(chunk);
    chunk.fill(0x21);
    at += size;
    if (!goesOn) break;
  }
  if (filter.limitReached === undefined) filter.end();
  const { counts, limitReached, fault } = filter;
  return { text: decodeUtf8(Buffer.concat(out)), counts, limitReached, fault };
}

/** What is left of `text` by policies that each drop what their matchers hold for. */
export function filterText(
  text: string,
  drops: readonly (readonly Matcher[])[],
  options: Omit<Options, "evaluation"> = {},
): Filtered {
  const policies = drops.map((matchers, i) => drop(`p${i}`, ...matchers));
  const { engine } = testEngine(policies);
  return filterBytes(encodeUtf8(text), { ...options, evaluation: engine.evaluation("metric") });
}

/** What leaves of `input`, and that it does so whatever the chunks. */
export function left(input: string, ...drops: (readonly Matcher[])[]): string {
  const whole = filterText(input, drops);
  const bytewise = filterText(input, drops, { chunkBytes: [1] });
  expect(bytewise).toEqual(whole);
  expect(whole.fault).toBeUndefined();
  return whole.text;
}

export function drop(id: string, ...matchers: Matcher[]): Policy {
  return policyOf(id, matchers, { kind: "none" }, { signal: "metric" });
}

const plain = { negate: false, caseInsensitive: false } as const;
const field = (name: "name" | "description" | "unit") => ({ kind: "field", field: name }) as const;

export function not(matcher: Matcher): Matcher {
  return { ...matcher, negate: true };
}
export function named(text: string): Matcher {
  const condition = { op: "equals", value: { type: "string", value: text } } as const;
  return { ...plain, field: field("name"), condition };
}
export function nameStarts(text: string): Matcher {
  return { ...plain, field: field("name"), condition: { op: "starts_with", text } };
}
export function nameEnds(text: string): Matcher {
  return { ...plain, field: field("name"), condition: { op: "ends_with", text } };
}
export function described(text: string): Matcher {
  return { ...plain, field: field("description"), condition: { op: "contains", text } };
}
export function inUnit(text: string): Matcher {
  const condition = { op: "equals", value: { type: "string", value: text } } as const;
  return { ...plain, field: field("unit"), condition };
}
/** gauge 1, sum 2, histogram 3, summary 5. */
export function ofType(type: number): Matcher {
  const condition = { op: "equals", value: { type: "int", value: BigInt(type) } } as const;
  return { ...plain, field: { kind: "field", field: "metric_type" }, condition };
}
/** delta 1, cumulative 2. */
export function ofTemporality(temporality: number): Matcher {
  const value = { type: "int", value: BigInt(temporality) } as const;
  const ref = { kind: "field", field: "aggregation_temporality" } as const;
  return { ...plain, field: ref, condition: { op: "equals", value } };
}
export function labelled(label: string, value: string): Matcher {
  const ref = { kind: "attribute", scope: "record", path: [label] } as const;
  return { ...plain, field: ref, condition: { op: "equals", value: { type: "string", value } } };
}
export function hasLabel(label: string): Matcher {
  const ref = { kind: "attribute", scope: "record", path: [label] } as const;
  return { ...plain, field: ref, condition: { op: "exists" } };
}
export function ofResource(attribute: string, value: string): Matcher {
  const ref = { kind: "attribute", scope: "resource", path: [attribute] } as const;
  return { ...plain, field: ref, condition: { op: "equals", value: { type: "string", value } } };
}

/** Lines with their newlines. */
export function lines(...all: string[]): string {
  return all.map((line) => `${line}\n`).join("");
}
