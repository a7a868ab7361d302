// Sampling spans by the bytes of their ids comes to what sampling by their texts does.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../src/core/utf8.ts";
import { SpanSampler } from "../../../src/policy/keep/span-sampler.ts";
import { type SampleKeep, sampleSpan } from "../../../src/policy/keep/trace-sampling.ts";
import { ValueStore } from "../../../src/policy/value-store.ts";

const BASE: SampleKeep = {
  kind: "sample",
  percent: 50,
  mode: "hash_seed",
  precision: 4,
  hashSeed: 0,
  failClosed: true,
};

/** What a sampler makes of a span, in the words of `sampleSpan`. */
function sampled(sampler: SpanSampler, traceId: string | undefined, tracestate: string): unknown {
  const values = new ValueStore(Uint8Array.of(0, 0), Uint8Array.of(0, 0));
  // Between other digits, which are not to be read.
  const id = encodeUtf8(`0${traceId ?? ""}0`);
  const state = encodeUtf8(tracestate);
  if (traceId !== undefined) values.putString(0, id, 1, id.length - 1);
  if (tracestate !== "") values.putString(1, state, 0, state.length);
  const keep = sampler.keeps(values, 0, 1);
  const { tracestate: written, undecided } = sampler;
  return {
    keep,
    ...(written === undefined ? {} : { tracestate: decodeUtf8(written) }),
    ...(undecided === undefined ? {} : { undecided }),
  };
}

describe("a sampler", () => {
  const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
  const traceId = fc.oneof(
    { arbitrary: digits(32), weight: 6 },
    fc
      .constantFrom("7fffffffffffff", "80000000000000", "80000000000001")
      .map((last) => `0123456789abcdef00${last}`),
    fc.constantFrom(undefined, "", "no id", "0".repeat(31), `${"0".repeat(31)}G`, "A".repeat(32)),
  );
  const tracestate = fc.oneof(
    { arbitrary: fc.constant(""), weight: 5 },
    fc.constantFrom("a=b", "ot=th:8", "ot=rv:ffffffffffffff", "ot=th:c;rv:00000000000001,x=y"),
  );
  const keep: fc.Arbitrary<SampleKeep> = fc.record({
    kind: fc.constant("sample" as const),
    percent: fc.constantFrom(0, 1e-20, 0.1, 10, 50, 75, 99.9, 100),
    mode: fc.constantFrom("hash_seed" as const, "proportional" as const, "equalizing" as const),
    precision: fc.integer({ min: 1, max: 14 }),
    hashSeed: fc.constantFrom(0, 0, 7),
    failClosed: fc.boolean(),
  });

  test("decides as sampling by texts does, and writes the same", () => {
    const span = fc.tuple(traceId, tracestate);
    fc.assert(
      fc.property(keep, fc.array(span, { minLength: 1, maxLength: 4 }), (sample, spans) => {
        const sampler = new SpanSampler(sample);
        for (const [id, state] of spans) {
          expect(sampled(sampler, id, state)).toEqual(sampleSpan(sample, id, state));
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("keeps at the threshold and drops just below it", () => {
    const sampler = new SpanSampler(BASE);
    const id = (last: string): string => `0123456789abcdef00${last}`;
    expect(sampled(sampler, id("80000000000000"), "")).toEqual({
      keep: true,
      tracestate: "ot=th:8",
    });
    expect(sampled(sampler, id("7fffffffffffff"), "")).toEqual({ keep: false });
  });
});
