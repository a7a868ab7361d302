// Random requests, whole and broken: what JSON.parse reads is read, the rest is undecodable,
// nothing else happens.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { UndecodableError } from "../../../../../src/core/errors.ts";
import { encodeUtf8 } from "../../../../../src/core/utf8.ts";
import { otlpJsonFormat } from "../../../../../src/protocols/otlp/format/json/index.ts";
import { SIGNALS } from "../../../../../src/policy/model.ts";
import { Verdict } from "../../../../../src/policy/record-port.ts";
import {
  attributeSelector,
  attributeRef,
  type FakeBehaviour,
  FakeEvaluation,
  fieldRef,
} from "../../../../support/fake-evaluation.ts";
import { REQUESTS } from "./arbitrary-otlp.ts";
import { filter } from "./filtered.ts";

describe.each([...SIGNALS])("random %s requests", (signal) => {
  const refs = [
    attributeRef("record", "a"),
    attributeRef("resource", "a", "b"),
    fieldRef("scope_name"),
    fieldRef("resource_schema_url"),
    ...(signal === "log" ? [fieldRef("body")] : [fieldRef("name")]),
  ];

  function outcome(body: Uint8Array): "read" | "read in part" | "undecodable" {
    try {
      const { unreadable } = otlpJsonFormat(signal).filter(body, new FakeEvaluation(signal, refs));
      return unreadable > 0 ? "read in part" : "read";
    } catch (error) {
      if (error instanceof UndecodableError) return "undecodable";
      throw error;
    }
  }
  function parses(body: Uint8Array): boolean {
    try {
      const value = JSON.parse(new TextDecoder().decode(body)) as unknown;
      return typeof value === "object" && value !== null && !Array.isArray(value);
    } catch {
      return false;
    }
  }

  test("come out the same when nothing matches", () => {
    fc.assert(
      fc.property(REQUESTS[signal], (text) => {
        expect(filter(text, {}, { signal, refs }).text).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  test("truncated anywhere are undecodable", () => {
    fc.assert(
      fc.property(REQUESTS[signal], fc.infiniteStream(fc.nat(9)), (text, dice) => {
        const body = encodeUtf8(text);
        for (let end = 0; end < body.length; end++) {
          if (body.length > 400 && dice.next().value !== 0) continue;
          if (outcome(body.subarray(0, end)) !== "undecodable") throw new Error(`cut at ${end}`);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("with changed bytes are read as far as JSON.parse reads them", () => {
    const byte = fc.oneof(fc.nat(255), fc.constantFrom(...encodeUtf8(' "\\,:[]{}0-e.untr\n')));
    const changes = fc.array(fc.tuple(fc.nat(), byte), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(REQUESTS[signal], changes, (text, edits) => {
        const body = encodeUtf8(text);
        for (const [at, value] of edits) body[at % body.length] = value;
        // What parses may still hold what is no record.
        const never = parses(body) ? "undecodable" : "read";
        expect(outcome(body)).not.toBe(never);
      }),
      { numRuns: 150 },
    );
  });

  test("stay JSON when records are dropped and edited at random", () => {
    const verdicts = fc.array(fc.constantFrom(Verdict.keep, Verdict.drop, Verdict.edit), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(REQUESTS[signal], verdicts, (text, chosen) => {
        const behaviour: FakeBehaviour = {
          decide: (_, i) => chosen[i] ?? Verdict.keep,
          editRecord: (editor) => {
            editor.find(attributeSelector("record", "a", "b")).set(encodeUtf8("x"));
            editor.find(attributeSelector("record", "b")).remove();
            editor.find(attributeSelector("record", "a.b")).rename(encodeUtf8("c"), true);
          },
          editResource: (editor) =>
            editor.find(attributeSelector("resource", "z")).set(encodeUtf8("")),
        };
        const first = filter(text, behaviour, { signal, refs });
        const output = first.text ?? text;
        const [records, dropped, , unreadable] = first.counts;
        const again = filter(output, {}, { signal, refs });
        expect(again.counts).toEqual([records - dropped, 0, 0, unreadable]);
        expect(typeof JSON.parse(output)).toBe("object");
      }),
      { numRuns: 60 },
    );
  });
});
