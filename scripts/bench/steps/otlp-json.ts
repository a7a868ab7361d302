// Bodies of OTLP in JSON.

import { ATTRIBUTES_BYTES_MAX } from "../../../src/core/limits.ts";
import { otlpJsonFormat } from "../../../src/protocols/otlp/format/index.ts";
import {
  type Shape,
  LINE,
  GROWS,
  MASKS,
  MASKS_IN_MAP,
  MASKS_MANY,
  MASKS_RESOURCE,
  NAMES,
  RENAMES_MANY,
  HIDES_NUMBERS,
  OF_RESOURCES,
  OF_A_RESOURCE,
  OF_POINTS,
  OF_EVENTS,
  many,
  text,
  quoted,
} from "./shape.ts";

const LOG = { body: { stringValue: LINE } };
const ATTRIBUTE = '{"key":"asked","value":{"stringValue":"a"}}';
const UNASKED = '{"key":"other","value":{"stringValue":"a"}}';
const json = otlpJsonFormat("log");
const AS_MANY = many(UNASKED, ATTRIBUTES_BYTES_MAX - 4096);
const ASKED = NAMES.map((name) => ATTRIBUTE.replace("asked", name)).join();

function request(records: string, before = "", behind = ""): Buffer {
  return Buffer.from(
    `{${before}"resourceLogs":[{"scopeLogs":[{"logRecords":[${records}]}]${behind}}]}`,
  );
}
const records = (bytes: number): string => many(JSON.stringify(LOG), bytes);

export const OTLP_JSON: readonly Shape[] = [
  { title: "JSON, small records", format: json, body: (size) => request(records(size)) },
  {
    title: "JSON, small records, all edited, longer then",
    format: json,
    policy: GROWS,
    body: (size) => request(records(size)),
  },
  {
    title: "JSON, tiny records, all edited, much longer then",
    format: json,
    policy: GROWS,
    body: (size) => request(many('{"body":{"stringValue":"log line"}}', size)),
  },
  {
    title: "JSON, the last of small records edited",
    format: json,
    policy: GROWS,
    body: (size) => request(`${records(size).replaceAll("log", "the")},${JSON.stringify(LOG)}`),
  },
  {
    title: "JSON, the resource behind its records",
    format: json,
    policy: OF_A_RESOURCE,
    body: (size) => request(records(size), "", `,"resource":{"attributes":[]}`),
  },
  {
    title: "JSON, the resource behind its records, edited",
    format: json,
    policy: OF_RESOURCES,
    body: (size) => request(records(size), "", `,"resource":{"attributes":[]}`),
  },
  {
    title: "JSON, one record",
    format: json,
    body: (size) => request(JSON.stringify({ body: { stringValue: text(size) } })),
  },
  {
    title: "JSON, one record, an attribute of many values",
    format: json,
    body: (size) =>
      request(
        `{"attributes":[{"key":"a","value":{"arrayValue":{"values":[${many(
          '{"stringValue":"a"}',
          size,
        )}]}}}]}`,
      ),
  },
  {
    title: "JSON, one record of attributes that are asked for, edited",
    format: json,
    policy: MASKS,
    body: (size) => request(`{"attributes":[${many(ATTRIBUTE, size)}]}`),
  },
  {
    title: "JSON, one member that nobody knows",
    format: json,
    body: (size) => request(JSON.stringify(LOG), `"x":${JSON.stringify(text(size))},`),
  },
  {
    title: "JSON, the same, of many values",
    format: json,
    body: (size) => request(JSON.stringify(LOG), `"x":[${many("1", size)}],`),
  },
  {
    title: "JSON, one metric, attributes of its data points asked for",
    format: otlpJsonFormat("metric"),
    signal: "metric",
    policy: OF_POINTS,
    body: (size) => {
      const points = many(`{"attributes":[${ATTRIBUTE}]}`, size);
      const metric = `{"gauge":{"dataPoints":[${points}]}}`;
      return Buffer.from(`{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${metric}]}]}]}`);
    },
  },
  {
    title: "JSON, one span, attributes of its events asked for",
    format: otlpJsonFormat("trace"),
    signal: "trace",
    policy: OF_EVENTS,
    body: (size) => {
      const span = `{"events":[${many(`{"attributes":[${ATTRIBUTE}]}`, size)}]}`;
      return Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`);
    },
  },
  {
    title: "JSON, one record of escaped text",
    format: json,
    body: (size) => request(JSON.stringify({ body: { stringValue: quoted(size) } })),
  },
  {
    title: "JSON, such a record behind one that is no JSON",
    format: json,
    body: (size) => request(`{x},${JSON.stringify({ body: { stringValue: quoted(size) } })}`),
  },
  {
    title: "JSON, the same in a hundred attributes that are asked for",
    format: json,
    policy: MASKS,
    body: (size) => {
      const value = { stringValue: quoted(size / 100) };
      const one = JSON.stringify({ key: "asked", value });
      return request(`{"attributes":[${many(one, size)}]}`);
    },
  },
  {
    title: "JSON, the same in attributes of 8 KB",
    format: json,
    policy: MASKS,
    body: (size) => {
      const one = JSON.stringify({ key: "asked", value: { stringValue: quoted(8 * 1024) } });
      return request(`{"attributes":[${many(one, size)}]}`);
    },
  },
  {
    title: "JSON, one record of escaped text, a quarter as large, numbers redacted in it",
    format: json,
    policy: HIDES_NUMBERS,
    body: (size) => request(JSON.stringify({ body: { stringValue: `${quoted(size / 4)} 12345` } })),
  },
  {
    title: "JSON, one record, bytes in base64",
    format: json,
    policy: MASKS,
    body: (size) => {
      const value = { bytesValue: "QUJD".repeat(size / 4) };
      return request(JSON.stringify({ attributes: [{ key: "asked", value }] }));
    },
  },
  {
    title: "JSON, one record, an id of letters",
    format: json,
    policy: { match: [{ log_field: "trace_id", exact: "a" }], keep: "none" },
    body: (size) => request(JSON.stringify({ traceId: "AB".repeat(size / 2) })),
  },
  {
    title: "JSON, one record of attributes that nobody asks for",
    format: json,
    body: (size) => request(`{"attributes":[${many(UNASKED, size)}]}`),
  },
  {
    title: "JSON, the same beside others that are asked for",
    format: json,
    policy: MASKS,
    body: (size) => request(`{"attributes":[${many(UNASKED, size)}]}`),
  },
  {
    title: "JSON, the same, of 500 bytes each",
    format: json,
    policy: MASKS,
    body: (size) => {
      const one = JSON.stringify({ key: "other", value: { stringValue: text(496) } });
      return request(`{"attributes":[${many(one, size)}]}`);
    },
  },
  {
    title: "JSON, the same, spelled in another order",
    format: json,
    policy: MASKS,
    body: (size) =>
      request(`{"attributes":[${many('{"value":{"stringValue":"a"},"key":"other"}', size)}]}`),
  },
  {
    title: "JSON, one record of as many attributes as are read, twenty redacted",
    format: json,
    policy: MASKS_MANY,
    body: () => request(`{"attributes":[${AS_MANY},${ASKED}]}`),
  },
  {
    title: "JSON, the same, renamed",
    format: json,
    policy: RENAMES_MANY,
    body: () => request(`{"attributes":[${AS_MANY},${ASKED}]}`),
  },
  {
    title: "JSON, the same in a map, redacted",
    format: json,
    policy: MASKS_IN_MAP,
    body: () => {
      const map = `{"key":"m","value":{"kvlistValue":{"values":[${AS_MANY},${ASKED}]}}}`;
      return request(`{"attributes":[${map}]}`);
    },
  },
  {
    title: "JSON, the same in a resource, redacted",
    format: json,
    policy: MASKS_RESOURCE,
    body: () => {
      const resource = `"resource":{"attributes":[${AS_MANY},${ASKED}]},`;
      return Buffer.from(`{"resourceLogs":[{${resource}"scopeLogs":[{"logRecords":[{}]}]}]}`);
    },
  },
  {
    title: "JSON, one record of members that nobody knows",
    format: json,
    body: (size) => request(`{${many('"a":1', size)}}`),
  },
  {
    title: "JSON, a resource of attributes that nobody asks for",
    format: json,
    policy: OF_A_RESOURCE,
    body: (size) => {
      const resource = `"resource":{"attributes":[${many(UNASKED, size)}]},`;
      return Buffer.from(`{"resourceLogs":[{${resource}"scopeLogs":[{"logRecords":[{}]}]}]}`);
    },
  },
  {
    title: "JSON, a resource of attributes that are asked for",
    format: json,
    policy: { match: [{ resource_attribute: "asked", exact: "b" }], keep: "none" },
    body: (size) => {
      const resource = `"resource":{"attributes":[${many(ATTRIBUTE, size)}]},`;
      return Buffer.from(`{"resourceLogs":[{${resource}"scopeLogs":[{"logRecords":[{}]}]}]}`);
    },
  },
  {
    title: "JSON, a resource of members that nobody knows",
    format: json,
    body: (size) =>
      Buffer.from(`{"resourceLogs":[{${many('"a":1', size)},"scopeLogs":[{"logRecords":[{}]}]}]}`),
  },
  {
    title: "JSON, resources without anything",
    format: json,
    body: (size) => Buffer.from(`{"resourceLogs":[${many("{}", size)}]}`),
  },
  {
    title: "JSON, one record, an attribute with a long name",
    format: json,
    policy: MASKS,
    body: (size) =>
      request(JSON.stringify({ attributes: [{ key: text(size), value: { stringValue: "a" } }] })),
  },
  {
    title: "JSON, the same, with escapes",
    format: json,
    policy: MASKS,
    body: (size) =>
      request(JSON.stringify({ attributes: [{ key: quoted(size), value: { stringValue: "a" } }] })),
  },
  {
    title: "JSON, one record, a member with a long name",
    format: json,
    policy: MASKS,
    body: (size) => request(JSON.stringify({ [text(size)]: 1 })),
  },
  {
    title: "JSON, one record, a number of many digits that is asked for",
    format: json,
    policy: MASKS,
    body: (size) =>
      request(`{"attributes":[{"key":"asked","value":{"intValue":${"1".repeat(size)}}}]}`),
  },
];
