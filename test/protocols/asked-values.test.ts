// What one record may ask of a reader is bounded: one with more values that policies ask for passes
// as it came, and is counted; its neighbours are judged.

import { describe, expect, test } from "bun:test";
import { ASKED_VALUES_MAX, TAGS_BYTES_MAX } from "../../src/core/limits.ts";
import type { RecordFormat } from "../../src/policy/index.ts";
import { datadogLogsFormat } from "../../src/protocols/datadog/format/index.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../src/protocols/otlp/format/index.ts";
import { engineWith } from "./otlp/format/otlp-app.ts";

const DROPS = {
  id: "p",
  name: "p",
  log: { match: [{ log_attribute: "asked", exact: "x" }], keep: "none" },
};
const evaluation = () => engineWith([DROPS]).evaluation("log");

/** A length-delimited field of protobuf. */
function field(number: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const head = [number * 8 + 2];
  let rest = content.length;
  for (; rest >= 0x80; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.of(...head, rest), content]);
}
const text = (value: string): Uint8Array => Buffer.from(value);
const protobufValue = field(6, field(1, text("asked")), field(2, field(1, text("x"))));
const jsonValue = '{"key":"asked","value":{"stringValue":"x"}}';

interface Case {
  readonly format: () => RecordFormat;
  /** Records with so many values each. */
  readonly body: (...values: number[]) => Uint8Array;
  /** As many values as are looked at. */
  readonly most: number;
}

const CASES: Readonly<Record<string, Case>> = {
  "OTLP in JSON": {
    format: () => otlpJsonFormat("log"),
    body: (...values) => {
      const records = values.map(
        (count) => `{"attributes":[${Array<string>(count).fill(jsonValue).join()}]}`,
      );
      return text(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[${records.join()}]}]}]}`);
    },
    most: ASKED_VALUES_MAX,
  },
  "OTLP in protobuf": {
    format: () => otlpProtobufFormat("log"),
    body: (...values) => {
      const records = values.map((count) =>
        field(2, ...Array<Uint8Array>(count).fill(protobufValue)),
      );
      return field(1, field(2, ...records));
    },
    most: ASKED_VALUES_MAX,
  },
  "Datadog, members of one name": {
    format: () => datadogLogsFormat(),
    body: (...values) => {
      const records = values.map((count) => `{${Array<string>(count).fill('"asked":"x"').join()}}`);
      return text(`[${records.join()}]`);
    },
    // The first is no repetition.
    most: ASKED_VALUES_MAX + 1,
  },
  "Datadog, tags": {
    format: () => datadogLogsFormat(),
    body: (...values) => {
      const records = values.map((count) => {
        const tags = Array<string>(count).fill("asked:x").join();
        return `{"ddtags":"${tags}"}`;
      });
      return text(`[${records.join()}]`);
    },
    // With a comma behind each but the last.
    most: (TAGS_BYTES_MAX + 1) / "asked:x,".length,
  },
};

for (const [name, { format, body, most }] of Object.entries(CASES)) {
  describe(`values that are asked for, ${name}`, () => {
    const outcomeOf = (...values: number[]) => {
      const judged = evaluation();
      if (judged === undefined) throw new Error("no policy works");
      const { records, dropped, unreadable, body: out } = format().filter(body(...values), judged);
      return { records, dropped, unreadable, out: out && Buffer.from(out) };
    };
    const at = Math.floor(most);

    test("as many as may be are judged", () => {
      const { records, dropped, unreadable } = outcomeOf(1, at, 1);
      expect({ records, dropped, unreadable }).toEqual({ records: 3, dropped: 3, unreadable: 0 });
    });

    test.each([1, 100_000])("with %d more the record passes, and others are judged", (more) => {
      const { out, ...counts } = outcomeOf(1, at + more, 1);
      expect(counts).toEqual({ records: 3, dropped: 2, unreadable: 1 });
      // Without lengths of containers around it.
      const [alone] = [Buffer.from(body(at + more))];
      expect(Buffer.compare(out ?? Buffer.alloc(0), alone ?? Buffer.alloc(0))).toBe(0);
    });
  });
}
