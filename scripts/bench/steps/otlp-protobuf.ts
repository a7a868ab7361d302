// Bodies of OTLP in protobuf.

import { otlpProtobufFormat } from "../../../src/protocols/otlp/format/index.ts";
import {
  type Shape,
  LINE,
  MASKS,
  MASKS_MANY,
  NAMES,
  RENAMES_MANY,
  OF_RESOURCES,
  OF_A_RESOURCE,
  OF_POINTS,
  OF_EVENTS,
  text,
  field,
  repeated,
} from "./shape.ts";

const protobuf = otlpProtobufFormat("log");
const attribute = (number: number, key = "asked"): Uint8Array =>
  field(number, [field(1, [Buffer.from(key)]), field(2, [field(1, [Buffer.from("a")])])]);
const OTHER = attribute(6, "other");
const HALF_A_MILLION = repeated(OTHER, 500_000 * OTHER.length);
const ASKED = NAMES.map((name) => attribute(6, name));
const log = (body: string): Uint8Array => field(2, [field(5, [field(1, [Buffer.from(body)])])]);
const logs = (bytes: number): Uint8Array => field(2, [repeated(log(LINE), bytes)]);
/** A request of one resource with these fields. */
const request = (...fields: readonly Uint8Array[]): Uint8Array => field(1, fields);
const ONE_LOG = field(2, [log("a")]);

export const OTLP_PROTOBUF: readonly Shape[] = [
  {
    title: "protobuf, small records",
    format: protobuf,
    body: (size) => field(1, [logs(size)]),
  },
  {
    title: "protobuf, small records, the resource edited behind them",
    format: protobuf,
    policy: OF_RESOURCES,
    body: (size) => field(1, [logs(size), field(1)]),
  },
  {
    title: "protobuf, one record",
    format: protobuf,
    body: (size) => field(1, [field(2, [log(text(size))])]),
  },
  {
    title: "protobuf, one record of attributes that are asked for, edited",
    format: protobuf,
    policy: MASKS,
    body: (size) => {
      const all = repeated(attribute(6), size);
      return field(1, [field(2, [field(2, [all])])]);
    },
  },
  {
    title: "protobuf, one metric, attributes of its data points asked for",
    format: otlpProtobufFormat("metric"),
    signal: "metric",
    policy: OF_POINTS,
    body: (size) => {
      const points = repeated(field(1, [attribute(7)]), size);
      return field(1, [field(2, [field(2, [field(5, [points])])])]);
    },
  },
  {
    title: "protobuf, one metric of empty data points, their attributes asked for",
    format: otlpProtobufFormat("metric"),
    signal: "metric",
    policy: OF_POINTS,
    body: (size) => field(1, [field(2, [field(2, [field(5, [repeated(field(1), size)])])])]),
  },
  {
    title: "protobuf, one span, attributes of its events asked for",
    format: otlpProtobufFormat("trace"),
    signal: "trace",
    policy: OF_EVENTS,
    body: (size) => {
      const events = repeated(field(11, [attribute(3)]), size);
      return field(1, [field(2, [field(2, [events])])]);
    },
  },
  {
    title: "protobuf, one record of attributes that nobody asks for",
    format: protobuf,
    policy: MASKS,
    body: (size) => request(field(2, [field(2, [repeated(attribute(6, "other"), size)])])),
  },
  {
    title: "protobuf, one record of half a million attributes, twenty redacted",
    format: protobuf,
    policy: MASKS_MANY,
    body: () => request(field(2, [field(2, [HALF_A_MILLION, ...ASKED])])),
  },
  {
    title: "protobuf, the same, renamed",
    format: protobuf,
    policy: RENAMES_MANY,
    body: () => request(field(2, [field(2, [HALF_A_MILLION, ...ASKED])])),
  },
  {
    title: "protobuf, one record, an attribute of many values",
    format: protobuf,
    policy: MASKS,
    body: (size) => {
      const values = repeated(field(1, [field(1, [Buffer.from("a")])]), size);
      const value = field(2, [field(5, [values])]);
      return request(field(2, [field(2, [field(6, [field(1, [Buffer.from("asked")]), value])])]));
    },
  },
  {
    title: "protobuf, one metric of small data points that nobody asks for",
    format: otlpProtobufFormat("metric"),
    signal: "metric",
    policy: { match: [{ metric_field: "name", exact: "a" }], keep: false },
    body: (size) => request(field(2, [field(2, [field(5, [repeated(field(1), size)])])])),
  },
  {
    title: "protobuf, a request of fields that nobody knows",
    format: protobuf,
    body: (size) => Buffer.concat([repeated(field(9), size), request(ONE_LOG)]),
  },
  {
    title: "protobuf, a resource of fields that nobody knows",
    format: protobuf,
    body: (size) => request(repeated(field(9), size), ONE_LOG),
  },
  {
    title: "protobuf, a resource of empty scopes",
    format: protobuf,
    body: (size) => request(repeated(field(2), size), ONE_LOG),
  },
  {
    title: "protobuf, a resource of parts",
    format: protobuf,
    policy: OF_RESOURCES,
    body: (size) => request(repeated(field(1), size), ONE_LOG),
  },
  {
    title: "protobuf, a scope of empty records",
    format: protobuf,
    body: (size) => request(field(2, [repeated(field(2), size)])),
  },
  {
    title: "protobuf, a resource of attributes that nobody asks for",
    format: protobuf,
    policy: OF_A_RESOURCE,
    body: (size) => request(field(1, [repeated(attribute(1, "other"), size)]), ONE_LOG),
  },
  {
    title: "protobuf, the same, edited",
    format: protobuf,
    policy: OF_RESOURCES,
    body: (size) => request(field(1, [repeated(attribute(1, "other"), size)]), ONE_LOG),
  },
  {
    title: "protobuf, one record, an id of many bytes",
    format: protobuf,
    policy: { match: [{ log_field: "trace_id", exact: "a" }], keep: "none" },
    body: (size) => request(field(2, [field(2, [field(9, [Buffer.alloc(size, 1)])])])),
  },
];
