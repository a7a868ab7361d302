// What one record may ask of a reader is bounded: one with more values that policies ask for passes
// as it came, and is counted; its neighbours are judged.

import { describe, expect, test } from "bun:test";
import {
  ASKED_PARTS_MAX,
  ASKED_VALUES_MAX,
  LOG_MEMBERS_MAX,
  PAIRS_MAX,
  RECORD_FIELDS_MAX,
  TAGS_BYTES_MAX,
} from "../../src/core/limits.ts";
import type { RecordFormat, Signal } from "../../src/policy/index.ts";
import { datadogLogsFormat } from "../../src/protocols/datadog/format/index.ts";
import { lokiJsonFormat, lokiProtobufFormat } from "../../src/protocols/loki/format/index.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../src/protocols/otlp/format/index.ts";
import { engineWith } from "./otlp/format/otlp-app.ts";

const DROPS = { log: { match: [{ log_attribute: "asked", exact: "x" }], keep: "none" } };
const DROPS_LABELS = {
  log: { match: [{ resource_attribute: "asked", exact: "x" }], keep: "none" },
};
const DROPS_METRICS = {
  metric: { match: [{ datapoint_attribute: "asked", exact: "x" }], keep: false },
};
const DROPS_SPANS = {
  trace: { match: [{ event_attribute: "asked", exact: "x" }], keep: { percentage: 0 } },
};
const DROPS_LINKED = {
  trace: { match: [{ link_trace_id: "01".repeat(16) }], keep: { percentage: 0 } },
};

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
const times = <T>(count: number, one: T): readonly T[] => Array.from({ length: count }, () => one);

/** As many data points, in a gauge. */
const jsonMetric = (count: number): string =>
  `{"gauge":{"dataPoints":[${times(count, `{"attributes":[${jsonValue}]}`).join()}]}}`;
const protobufMetric = (count: number): Uint8Array => {
  const point = field(7, field(1, text("asked")), field(2, field(1, text("x"))));
  return field(2, field(5, ...times(count, field(1, point))));
};
/** As many events. */
const jsonSpan = (count: number): string =>
  `{"events":[${times(count, `{"attributes":[${jsonValue}]}`).join()}]}`;
const protobufSpan = (count: number): Uint8Array => {
  const attribute = field(3, field(1, text("asked")), field(2, field(1, text("x"))));
  return field(2, ...times(count, field(11, attribute)));
};
const jsonLinks = (count: number): string =>
  `{"links":[${times(count, `{"traceId":"${"01".repeat(16)}"}`).join()}]}`;
const protobufLinks = (count: number): Uint8Array =>
  field(2, ...times(count, field(13, field(1, Buffer.alloc(16, 1)))));
/** Members of which the first is asked for. */
const jsonMembers = (count: number): string =>
  `{${['"asked":"x"', ...times(count - 1, '"b":1')].join()}}`;

function otlpJson(parents: readonly string[], records: readonly string[]): Uint8Array {
  const [request, scopes, list] = parents;
  return text(`{"${request}":[{"${scopes}":[{"${list}":[${records.join()}]}]}]}`);
}
const METRICS = ["resourceMetrics", "scopeMetrics", "metrics"];
const SPANS = ["resourceSpans", "scopeSpans", "spans"];
const otlpProtobuf = (records: readonly Uint8Array[]): Uint8Array => field(1, field(2, ...records));

const lokiJson = (streams: readonly string[]): Uint8Array =>
  text(`{"streams":[${streams.join()}]}`);
const jsonPairs = (count: number): string => `{${times(count, '"asked":"x"').join()}}`;
/** A stream of one entry. */
const protobufStream = (labels: string, ...metadata: readonly Uint8Array[]): Uint8Array =>
  field(1, field(1, text(labels)), field(2, field(2, text("line")), ...metadata));

interface Case {
  readonly format: () => RecordFormat;
  /** Drops what it is asked for in; of logs and their attributes when there is none. */
  readonly policy?: Readonly<Partial<Record<Signal, object>>>;
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
  "Datadog, members that nobody asks for": {
    format: () => datadogLogsFormat(),
    body: (...values) => text(`[${values.map(jsonMembers).join()}]`),
    most: LOG_MEMBERS_MAX,
  },
  "Datadog, members of a document in the message": {
    format: () => datadogLogsFormat(),
    body: (...values) => {
      const records = values.map((count) => JSON.stringify({ message: jsonMembers(count) }));
      return text(`[${records.join()}]`);
    },
    most: LOG_MEMBERS_MAX,
  },
  "Datadog, members of a message that is an object": {
    format: () => datadogLogsFormat(),
    body: (...values) => {
      const records = values.map((count) => `{"message":${jsonMembers(count)}}`);
      return text(`[${records.join()}]`);
    },
    most: LOG_MEMBERS_MAX,
  },
  "data points in JSON": {
    format: () => otlpJsonFormat("metric"),
    policy: DROPS_METRICS,
    body: (...values) => otlpJson(METRICS, values.map(jsonMetric)),
    most: ASKED_PARTS_MAX,
  },
  "data points in protobuf": {
    format: () => otlpProtobufFormat("metric"),
    policy: DROPS_METRICS,
    body: (...values) => otlpProtobuf(values.map(protobufMetric)),
    most: ASKED_PARTS_MAX,
  },
  "events in JSON": {
    format: () => otlpJsonFormat("trace"),
    policy: DROPS_SPANS,
    body: (...values) => otlpJson(SPANS, values.map(jsonSpan)),
    most: ASKED_PARTS_MAX,
  },
  "events in protobuf": {
    format: () => otlpProtobufFormat("trace"),
    policy: DROPS_SPANS,
    body: (...values) => otlpProtobuf(values.map(protobufSpan)),
    most: ASKED_PARTS_MAX,
  },
  "fields of a log in protobuf that nobody knows": {
    format: () => otlpProtobufFormat("log"),
    body: (...values) =>
      otlpProtobuf(
        values.map((n) => field(2, protobufValue, Buffer.alloc((n - 1) * 2, field(15)))),
      ),
    most: RECORD_FIELDS_MAX,
  },
  "fields of a span in protobuf that nobody asks for": {
    format: () => otlpProtobufFormat("trace"),
    policy: { trace: { match: [{ trace_field: "name", exact: "x" }], keep: { percentage: 0 } } },
    body: (...values) =>
      otlpProtobuf(
        values.map((n) => field(2, field(5, text("x")), Buffer.alloc((n - 1) * 2, field(11)))),
      ),
    most: RECORD_FIELDS_MAX,
  },
  "links in JSON": {
    format: () => otlpJsonFormat("trace"),
    policy: DROPS_LINKED,
    body: (...values) => otlpJson(SPANS, values.map(jsonLinks)),
    most: ASKED_PARTS_MAX,
  },
  "links in protobuf": {
    format: () => otlpProtobufFormat("trace"),
    policy: DROPS_LINKED,
    body: (...values) => otlpProtobuf(values.map(protobufLinks)),
    most: ASKED_PARTS_MAX,
  },
  "Loki, labels in JSON": {
    format: () => lokiJsonFormat(),
    policy: DROPS_LABELS,
    body: (...values) =>
      lokiJson(values.map((n) => `{"stream":${jsonPairs(n)},"values":[["1","line"]]}`)),
    most: PAIRS_MAX,
  },
  "Loki, labels in protobuf": {
    format: () => lokiProtobufFormat(),
    policy: DROPS_LABELS,
    body: (...values) => {
      const labels = values.map((n) => `{${times(n, 'asked="x"').join()}}`);
      return Buffer.concat(labels.map((one) => protobufStream(one)));
    },
    most: PAIRS_MAX,
  },
  "Loki, structured metadata in JSON": {
    format: () => lokiJsonFormat(),
    body: (...values) => {
      const entries = values.map((n) => `["1","line",${jsonPairs(n)}]`);
      return lokiJson([`{"stream":{"a":"b"},"values":[${entries.join()}]}`]);
    },
    most: PAIRS_MAX,
  },
  "Loki, structured metadata in protobuf": {
    format: () => lokiProtobufFormat(),
    body: (...values) => {
      const pair = field(3, field(1, text("asked")), field(2, text("x")));
      return Buffer.concat(values.map((n) => protobufStream('{a="b"}', ...times(n, pair))));
    },
    most: PAIRS_MAX,
  },
};

for (const [name, { format, policy = DROPS, body, most }] of Object.entries(CASES)) {
  describe(`values that are asked for, ${name}`, () => {
    const outcomeOf = (...values: number[]) => {
      const [signal] = Object.keys(policy) as Signal[];
      const engine = engineWith([{ id: "p", name: "p", ...policy }]);
      const judged = signal && engine.evaluation(signal);
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
