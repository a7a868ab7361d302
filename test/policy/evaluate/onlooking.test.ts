// Looking at records with no policy: what is shown of them, and that nothing happens to them.

import { describe, expect, test } from "bun:test";
import { ProgramEvaluation } from "../../../src/policy/evaluate/program-evaluation.ts";
import type { Onlooker } from "../../../src/policy/evaluate/onlooker.ts";
import { showing } from "../../../src/policy/evaluate/onlooking.ts";
import { otlpJsonFormat } from "../../../src/protocols/otlp/format/index.ts";

const show = showing("log", [
  { kind: "attribute", scope: "resource", path: ["service.name"] },
  { kind: "field", field: "body" },
]);
const format = otlpJsonFormat("log");
const log = (text?: string): object => (text === undefined ? {} : { body: { stringValue: text } });
const resource = (service: string, ...records: readonly object[]): object => ({
  resource: { attributes: [{ key: "service.name", value: { stringValue: service } }] },
  scopeLogs: [{ logRecords: records }],
});
const BODY = Buffer.from(
  JSON.stringify({
    resourceLogs: [resource("a", log("one"), log()), { scopeLogs: [{ logRecords: [log("two")] }] }],
  }),
);

/** What is seen of the records, as text. */
function seeing(wantsBytes: boolean): Onlooker & { readonly seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    wantsBytes,
    record(values, recordBytes) {
      const texts = [0, 1].map((slot) =>
        values.has(slot)
          ? values.buffer(slot).subarray(values.start(slot), values.end(slot)).toString()
          : "-",
      );
      seen.push([...texts, recordBytes].join(" "));
    },
    offer(bytes, start, end) {
      seen.push(Buffer.from(bytes.subarray(start, end)).toString());
    },
  };
}

describe("an onlooker", () => {
  test("is shown the fields that it asked for, of each record", () => {
    const onlooker = seeing(false);
    const { records, dropped, edited, body } = format.filter(BODY, show(onlooker));
    expect(onlooker.seen).toEqual(["a one 30", "a - 2", "- two 30"]);
    expect({ records, dropped, edited, body }).toEqual({
      records: 3,
      dropped: 0,
      edited: 0,
      body: undefined,
    });
  });

  test("is shown bytes only when it wants them", () => {
    const onlooker = seeing(true);
    format.filter(BODY, show(onlooker));
    const one = '{"body":{"stringValue":"one"}}';
    expect(onlooker.seen.slice(0, 4)).toEqual(["a one 30", one, "a - 2", "{}"]);
  });

  test("is the same for each part of a body that is read in steps", () => {
    const onlooker = seeing(false);
    const evaluation = show(onlooker).forSteps?.();
    if (evaluation === undefined) throw new Error("none");
    const steps = format.filterSteps?.(BODY, evaluation, { everyBytes: 0, isDue: () => true });
    while (steps?.next().done === false);
    expect(onlooker.seen).toEqual(["a one 30", "a - 2", "- two 30"]);
  });

  test("looks by what judges: a walk that met another class would cost all requests more", () => {
    expect(show(seeing(false))).toBeInstanceOf(ProgramEvaluation);
    expect(show(seeing(false)).fields).toBe(show(seeing(true)).fields);
  });
});
