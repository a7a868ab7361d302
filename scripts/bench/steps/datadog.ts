// Bodies of Datadog logs.

import { LOG_MEMBERS_MAX } from "../../../src/core/limits.ts";
import {
  datadogLogsFormat,
  datadogSeriesJsonFormat,
  datadogSeriesProtobufFormat,
} from "../../../src/protocols/datadog/format/index.ts";
import {
  type Shape,
  OF_POINTS,
  field,
  repeated,
  LINE,
  GROWS,
  MASKS,
  MASKS_MANY,
  NAMES,
  RENAMES_MANY,
  HIDES_NUMBERS,
  many,
  text,
  quoted,
} from "./shape.ts";

const datadog = datadogLogsFormat();

/** As many members of 32 bytes as are read, and those that are edited. */
const MEMBERS = `${many(`"other":"${"a".repeat(21)}"`, (LOG_MEMBERS_MAX - 1000) * 32)},${NAMES.map((name) => `"${name}":"a"`).join()}`;

export const DATADOG: readonly Shape[] = [
  {
    title: "Datadog, an array",
    format: datadog,
    body: (size) => Buffer.from(`[${many(JSON.stringify({ message: LINE }), size)}]`),
  },
  {
    title: "Datadog, an array, all edited",
    format: datadog,
    policy: GROWS,
    body: (size) => Buffer.from(`[${many(JSON.stringify({ message: LINE }), size)}]`),
  },
  {
    title: "Datadog, one line of objects",
    format: datadog,
    body: (size) => Buffer.from(many(JSON.stringify({ message: LINE }), size, " ")),
  },
  {
    title: "Datadog, one record",
    format: datadog,
    body: (size) => Buffer.from(JSON.stringify([{ message: text(size) }])),
  },
  {
    title: "Datadog, one record of attributes that are asked for, edited",
    format: datadog,
    policy: MASKS,
    body: (size) => Buffer.from(`[{${many('"asked":"a"', size)}}]`),
  },
  {
    title: "Datadog, one record of tags that are asked for",
    format: datadog,
    policy: MASKS,
    body: (size) => Buffer.from(`[{"ddtags":"${many("asked:a", size)}"}]`),
  },
  {
    title: "Datadog, one record of as many members as are read, twenty redacted",
    format: datadog,
    policy: MASKS_MANY,
    body: () => Buffer.from(`[{${MEMBERS}}]`),
  },
  {
    title: "Datadog, the same, renamed",
    format: datadog,
    policy: RENAMES_MANY,
    body: () => Buffer.from(`[{${MEMBERS}}]`),
  },
  {
    title: "Datadog, one record of members that nobody asks for",
    format: datadog,
    policy: MASKS,
    body: (size) => Buffer.from(`[{${many('"a":1', size)}}]`),
  },
  {
    title: "Datadog, one record, a document of such members in its message",
    format: datadog,
    policy: MASKS,
    body: (size) => Buffer.from(JSON.stringify([{ message: `{${many('"a":1', size * 0.75)}}` }])),
  },
  {
    title: "Datadog, one record of escaped text",
    format: datadog,
    body: (size) => Buffer.from(JSON.stringify([{ message: quoted(size) }])),
  },
  {
    title: "Datadog, one record of escaped text, a quarter as large, numbers redacted in it",
    format: datadog,
    policy: HIDES_NUMBERS,
    body: (size) => Buffer.from(JSON.stringify([{ message: `${quoted(size / 4)} 12345` }])),
  },
  {
    title: "Datadog, one record, a document of few large members in its message",
    format: datadog,
    policy: MASKS,
    body: (size) => {
      const one = `"a":"${text(8 * 1024)}"`;
      return Buffer.from(JSON.stringify([{ message: `{${many(one, size)}}` }]));
    },
  },
  {
    title: "Datadog, one record, a document with escaped text in its message",
    format: datadog,
    body: (size) => {
      const inner = JSON.stringify({ message: quoted(size / 2) });
      return Buffer.from(JSON.stringify([{ message: inner }]));
    },
  },
  {
    title: "Datadog, one record, a member with a long name",
    format: datadog,
    policy: MASKS,
    body: (size) => Buffer.from(JSON.stringify([{ [text(size)]: 1 }])),
  },
  {
    title: "Datadog, one record, a number of many digits that is asked for",
    format: datadog,
    policy: MASKS,
    body: (size) => Buffer.from(`[{"asked":${"1".repeat(size)}}]`),
  },
  {
    title: "Datadog, one series of tags that are asked for",
    format: datadogSeriesJsonFormat("v1"),
    signal: "metric",
    policy: OF_POINTS,
    body: (size) => Buffer.from(`{"series":[{"metric":"a","tags":[${many('"asked:a"', size)}]}]}`),
  },
  {
    title: "Datadog, one series of points",
    format: datadogSeriesJsonFormat("v1"),
    signal: "metric",
    policy: OF_POINTS,
    body: (size) => Buffer.from(`{"series":[{"metric":"a","points":[${many("[1,2]", size)}]}]}`),
  },
  {
    title: "Datadog, series in protobuf, tags of one",
    format: datadogSeriesProtobufFormat(),
    signal: "metric",
    policy: OF_POINTS,
    body: (size) => field(1, [repeated(field(3, [Buffer.from("asked:a")]), size)]),
  },
  {
    title: "Datadog, series in protobuf, points of one",
    format: datadogSeriesProtobufFormat(),
    signal: "metric",
    policy: OF_POINTS,
    body: (size) => field(1, [repeated(field(4), size)]),
  },
  {
    title: "Datadog, one record, a document of large members in its message, edited",
    format: datadog,
    policy: MASKS,
    body: (size) => {
      const one = `"a":"${text(8 * 1024)}"`;
      const inner = `{"asked":"a",${many(one, size)}}`;
      return Buffer.from(JSON.stringify([{ message: inner }]));
    },
  },
  {
    title: "Datadog, the same with quotes in them",
    format: datadog,
    policy: MASKS,
    body: (size) => {
      const one = `"a":${JSON.stringify(quoted(8 * 1024))}`;
      const inner = `{"asked":"a",${many(one, size * 0.75)}}`;
      return Buffer.from(JSON.stringify([{ message: inner }]));
    },
  },
  {
    title: "Datadog, one record, a long message; another member edited",
    format: datadog,
    policy: MASKS,
    body: (size) => Buffer.from(JSON.stringify([{ message: quoted(size), asked: "a" }])),
  },
];
