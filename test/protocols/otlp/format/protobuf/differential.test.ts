// The protobuf format against generated code, over random requests with all the oddities of the
// wire format; and that broken bytes never do more than make a body undecodable.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { UndecodableError } from "../../../../../src/core/errors.ts";
import { otlpProtobufFormat } from "../../../../../src/protocols/otlp/format/protobuf/index.ts";
import {
  type AttributeScope,
  FIELDS_OF_SIGNAL,
  type FieldRef,
  type Signal,
  SIGNALS,
  Verdict,
} from "../../../../../src/policy/index.ts";
import { attributeRef, FakeEvaluation, fieldRef } from "../../../../support/fake-evaluation.ts";
import { countPoints } from "../../../../support/otlp/count-points.ts";
import { KEYS, NoisyRequest } from "./noise.ts";
import { DecodedRequest } from "./oracle.ts";

function everything(signal: Signal): FieldRef[] {
  const scopes: AttributeScope[] = ["record", "resource", "scope", "event"];
  const paths = [...KEYS.map((key) => [key]), ["a", "b"], ["a", "a", "c"], ["b", ""], ["c", "b"]];
  const attributes = scopes
    .filter((scope) => scope !== "event" || signal === "trace")
    .flatMap((scope) => paths.map((path) => attributeRef(scope, ...path)));
  return [...FIELDS_OF_SIGNAL[signal].map(fieldRef), ...attributes];
}

function requests(signal: Signal, noisy = true): fc.Arbitrary<Uint8Array> {
  return fc.integer().map((seed) => new NoisyRequest(seed, noisy).build(signal));
}

describe.each([...SIGNALS])("a %s request", (signal) => {
  const format = otlpProtobufFormat(signal);
  const refs = everything(signal);

  test("shows the values that a decoder sees, and stays as it is when nothing matches", () => {
    fc.assert(
      fc.property(requests(signal), (input) => {
        const before = input.slice();
        const evaluation = new FakeEvaluation(signal, refs);
        const outcome = format.filter(input, evaluation);
        const decoded = new DecodedRequest(signal, input);
        expect(evaluation.records).toEqual(decoded.seen(refs));
        const points = signal === "metric" ? { points: countPoints(input) } : {};
        const counts = { ...points, dropped: 0, unreadable: 0, edited: 0 };
        expect(outcome).toEqual({ records: decoded.size, ...counts });
        expect(input).toEqual(before);
      }),
      { numRuns: 150 },
    );
  });

  test("loses just the records that are dropped, and the containers they leave empty", () => {
    const property = fc.property(
      requests(signal),
      fc.infiniteStream(fc.boolean()),
      (input, drops) => {
        const dropped: boolean[] = [];
        const evaluation = new FakeEvaluation(signal, [], {
          decide: (_record, index) => {
            dropped[index] = drops.next().value as boolean;
            return dropped[index] ? Verdict.drop : Verdict.keep;
          },
        });
        const outcome = format.filter(input, evaluation);
        const count = dropped.filter(Boolean).length;
        expect(outcome.dropped).toBe(count);
        expect(outcome.body === undefined).toBe(count === 0);
        if (outcome.body === undefined) return;
        const decoded = new DecodedRequest(signal, input);
        decoded.keep((index) => dropped[index] !== true);
        expect(new DecodedRequest(signal, outcome.body).toBinary()).toEqual(decoded.toBinary());
        // What is left is a request to which nothing more is to be done.
        const again = format.filter(outcome.body, new FakeEvaluation(signal, []));
        expect(again.body).toBeUndefined();
      },
    );
    fc.assert(property, { numRuns: 150 });
  });

  function filterQuietly(input: Uint8Array): void {
    const decide = (_record: unknown, index: number) =>
      index % 2 === 0 ? Verdict.drop : Verdict.keep;
    const evaluation = new FakeEvaluation(signal, refs, { decide });
    try {
      format.filter(input, evaluation);
      expect(evaluation.calls.at(-1)).toBe("commit");
    } catch (error) {
      if (!(error instanceof UndecodableError)) throw error;
      expect(evaluation.calls.at(-1)).toBe("abort");
    }
  }

  test("cut off at any byte is undecodable or shorter, and nothing else", () => {
    fc.assert(
      fc.property(requests(signal), (input) => {
        const step = Math.max(1, Math.floor(input.length / 60));
        for (let end = 0; end < input.length; end += step) filterQuietly(input.slice(0, end));
      }),
      { numRuns: 12 },
    );
  });

  test("with flipped bits, or made of noise, does no more harm", () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 7 })), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(requests(signal), flips, (input, places) => {
        for (const [at, bit] of places) if (input.length > 0) input[at % input.length]! ^= 1 << bit;
        filterQuietly(input);
      }),
      { numRuns: 200 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), filterQuietly), { numRuns: 300 });
  });
});
