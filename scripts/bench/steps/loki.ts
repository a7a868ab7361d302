// Bodies of Loki, in both of its encodings.

import { lokiJsonFormat, lokiProtobufFormat } from "../../../src/protocols/loki/format/index.ts";
import { type Shape, MASKS, OF_LABELS, many, quoted, field, repeated } from "./shape.ts";

export const LOKI: readonly Shape[] = [
  {
    title: "Loki in JSON, labels of one stream",
    format: lokiJsonFormat(),
    policy: OF_LABELS,
    body: (size) => {
      const labels = many('"asked":"a"', size);
      return Buffer.from(`{"streams":[{"stream":{${labels}},"values":[["1","line"]]}]}`);
    },
  },
  {
    title: "Loki in protobuf, labels of one stream",
    format: lokiProtobufFormat(),
    policy: OF_LABELS,
    body: (size) => {
      const labels = field(1, [Buffer.from(`{${many('asked="a"', size)}}`)]);
      return field(1, [labels, field(2, [field(2, [Buffer.from("line")])])]);
    },
  },
  {
    title: "Loki in JSON, metadata of one entry",
    format: lokiJsonFormat(),
    policy: MASKS,
    body: (size) => {
      const pairs = many('"asked":"a"', size);
      return Buffer.from(`{"streams":[{"stream":{},"values":[["1","line",{${pairs}}]]}]}`);
    },
  },
  {
    title: "Loki in protobuf, metadata of one entry",
    format: lokiProtobufFormat(),
    policy: MASKS,
    body: (size) => {
      const pair = field(3, [field(1, [Buffer.from("asked")]), field(2, [Buffer.from("a")])]);
      const labels = field(1, [Buffer.from(`{a="b"}`)]);
      return field(1, [labels, field(2, [repeated(pair, size)])]);
    },
  },
  {
    title: "Loki in JSON, one entry of escaped text",
    format: lokiJsonFormat(),
    body: (size) =>
      Buffer.from(JSON.stringify({ streams: [{ stream: {}, values: [["1", quoted(size)]] }] })),
  },
  {
    title: "Loki in JSON, a stream of members that nobody knows",
    format: lokiJsonFormat(),
    body: (size) => {
      const rest = many('"a":1', size);
      return Buffer.from(`{"streams":[{"stream":{},${rest},"values":[["1","line"]]}]}`);
    },
  },
  {
    title: "Loki in JSON, the same behind entries whose labels come last",
    format: lokiJsonFormat(),
    policy: OF_LABELS,
    body: (size) => {
      const rest = many('"a":1', size);
      return Buffer.from(`{"streams":[{"values":[["1","line"]],${rest},"stream":{}}]}`);
    },
  },
  {
    title: "Loki in protobuf, a stream of small entries",
    format: lokiProtobufFormat(),
    policy: OF_LABELS,
    body: (size) => {
      const entry = field(2, [field(2, [Buffer.from("line")])]);
      return field(1, [field(1, [Buffer.from(`{a="b"}`)]), repeated(entry, size)]);
    },
  },
  {
    title: "Loki in protobuf, a stream of fields that nobody knows",
    format: lokiProtobufFormat(),
    policy: OF_LABELS,
    body: (size) => field(1, [field(1, [Buffer.from(`{a="b"}`)]), repeated(field(9), size)]),
  },
  {
    title: "Loki in protobuf, an entry of fields that nobody knows",
    format: lokiProtobufFormat(),
    policy: OF_LABELS,
    body: (size) =>
      field(1, [field(1, [Buffer.from(`{a="b"}`)]), field(2, [repeated(field(9), size)])]),
  },
];
