// Bodies of Datadog logs.

import { datadogLogsFormat } from "../../../src/protocols/datadog/format/index.ts";
import { type Shape, LINE, GROWS, MASKS, HIDES_NUMBERS, many, text, quoted } from "./shape.ts";

const datadog = datadogLogsFormat();

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
];
