// One record in shapes that make edits costly, in every format of logs, and the edits: each twenty
// times, or of twenty attributes, as far as the format can hold them.

import {
  ATTRIBUTES_BYTES_MAX,
  LINE_BYTES_MAX,
  LOG_MEMBERS_MAX,
  MESSAGE_DOCUMENT_BYTES_MAX,
  PAIRS_BYTES_MAX,
  PAIRS_MAX,
} from "../../../src/core/limits.ts";
import { datadogLogsFormat } from "../../../src/protocols/datadog/format/index.ts";
import { LinesFormat } from "../../../src/protocols/lines/index.ts";
import { lokiJsonFormat, lokiProtobufFormat } from "../../../src/protocols/loki/format/index.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../../src/protocols/otlp/format/index.ts";
import type { RecordFormat } from "../../../src/policy/index.ts";
import { field, NAMES, text } from "./shape.ts";

export interface EditedShape {
  readonly title: string;
  readonly format: RecordFormat;
  readonly match: readonly object[];
  /** The attribute of that name, or below the map. */
  readonly at: (name: string) => object;
  readonly body: (bytes: number) => Uint8Array;
}

type Member = [name: string, value: string];
/** Members of one record: so many bytes of others, and those that are edited. */
type Filling = (bytes: number, attributesMax: number) => readonly Member[];

const ASKED: readonly Member[] = NAMES.map((name) => [name, "a"]);
const others = (bytes: number, valueBytes: number, each: number): Member[] => {
  const value = "a".repeat(valueBytes);
  const count = Math.floor(bytes / each);
  return Array.from({ length: count }, (): Member => ["other", value]);
};

/** The text of the record, and its attributes. */
interface Content {
  readonly text: (bytes: number) => string;
  readonly members: Filling;
}
const CONTENTS: Readonly<Record<string, Content>> = {
  "a long text": { text, members: () => ASKED },
  "as many attributes as are read": {
    text: () => "a",
    members: (bytes, max) => [...others(Math.min(bytes, max), 1, 1), ...ASKED],
  },
  "attributes of 31 KB": {
    text: () => "a",
    members: (bytes) => [...others(Math.min(bytes, 64 << 20) * 0.95, 31_000, 31_050), ...ASKED],
  },
  "attributes of 2 KB": {
    text: () => "a",
    members: (bytes, max) => [...others(Math.min(bytes, max * 46), 2000, 2050), ...ASKED],
  },
  "as many of a name as are edited": {
    text: () => "a",
    members: () => [
      ...Array.from({ length: 9_000 }, (): Member => ["asked0", "a"]),
      ...ASKED,
      ["asked1x", "b"],
    ],
  },
};

interface Frame {
  readonly title: string;
  readonly format: RecordFormat;
  /** Attributes of one letter that are read. */
  readonly attributesMax: number;
  readonly bytesMax?: number;
  /** Bytes of attributes that are read, where these have a bound of their own. */
  readonly attributesBytesMax?: number;
  readonly match?: object;
  readonly at?: (name: string) => object;
  readonly body: (text: string, members: readonly Member[]) => Uint8Array;
}

const entry = ([key, value]: Member): string =>
  `{"key":"${key}","value":{"stringValue":"${value}"}}`;
const odd = ([key, value]: Member): string =>
  `{ "value": {"string_value":"${value}"},"key":"${key}"}`;
const request = (body: string, list: string): Buffer => {
  const record = `{"body":{"stringValue":"${body}"},"attributes":[${list}]}`;
  return Buffer.from(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[${record}]}]}]}`);
};
const inMap = (name: string): object => ({ log_attribute: ["m", name] });
const ofLog = (name: string): object => ({ log_attribute: name });
const any = (value: string): Uint8Array => field(1, [Buffer.from(value)]);
const keyValue = (number: number, [key, value]: Member): Uint8Array =>
  field(number, [field(1, [Buffer.from(key)]), field(2, [any(value)])]);
const wire = (body: string, attributes: readonly Uint8Array[]): Uint8Array =>
  field(1, [field(2, [field(2, [field(5, [any(body)]), ...attributes])])]);
const object = (members: readonly Member[]): string =>
  members.map(([name, value]) => `"${name}":"${value}"`).join();
const distinct = (members: readonly Member[]): Member[] =>
  members.map(([name, value], i) => [name === "other" ? `other${i}` : name, value]);
const lines = (syntax: "json" | "logfmt"): RecordFormat => new LinesFormat({ syntax });
/** Members of a log, and pairs, beside the few that are edited. */
const MEMBERS = LOG_MEMBERS_MAX - 100;
const PAIRS = PAIRS_MAX - 50;
const PAIRS_BYTES = PAIRS_BYTES_MAX - 64 * 1024;
/** Of long attributes, what was seen to be read. */
const LISTS_BYTES = 48 * 1024 * 1024;
const USUAL = Math.floor((ATTRIBUTES_BYTES_MAX - 8192) / 46);

const FRAMES: readonly Frame[] = [
  {
    title: "OTLP JSON",
    format: otlpJsonFormat("log"),
    attributesMax: USUAL,
    attributesBytesMax: LISTS_BYTES,
    body: (body, members) => request(body, members.map(entry).join()),
  },
  {
    title: "OTLP JSON, in another spelling",
    format: otlpJsonFormat("log"),
    attributesMax: USUAL - 10_000,
    body: (body, members) => request(body, members.map(odd).join()),
  },
  {
    title: "OTLP JSON, in a map",
    format: otlpJsonFormat("log"),
    attributesMax: USUAL,
    attributesBytesMax: LISTS_BYTES,
    at: inMap,
    body: (body, members) => {
      const values = members.map(entry).join();
      return request(body, `{"key":"m","value":{"kvlistValue":{"values":[${values}]}}}`);
    },
  },
  {
    title: "OTLP protobuf",
    format: otlpProtobufFormat("log"),
    attributesMax: 590_000,
    body: (body, members) =>
      wire(
        body,
        members.map((one) => keyValue(6, one)),
      ),
  },
  {
    title: "OTLP protobuf, in a map",
    format: otlpProtobufFormat("log"),
    attributesMax: 590_000,
    at: inMap,
    body: (body, members) => {
      const map = field(
        6,
        members.map((one) => keyValue(1, one)),
      );
      return wire(body, [field(6, [field(1, [Buffer.from("m")]), field(2, [map])])]);
    },
  },
  {
    title: "Datadog",
    format: datadogLogsFormat(),
    attributesMax: MEMBERS,
    body: (body, members) => Buffer.from(`[{"message":"${body}",${object(distinct(members))}}]`),
  },
  {
    title: "Datadog, in a member",
    format: datadogLogsFormat(),
    attributesMax: MEMBERS,
    at: inMap,
    body: (body, members) =>
      Buffer.from(`[{"message":"${body}","m":{${object(distinct(members))}}}]`),
  },
  {
    title: "Datadog, in a document",
    format: datadogLogsFormat(),
    attributesMax: MEMBERS,
    bytesMax: MESSAGE_DOCUMENT_BYTES_MAX - 4096,
    body: (body, members) => {
      const document = `{"text":"${body}",${object(distinct(members))}}`;
      return Buffer.from(JSON.stringify([{ message: document }]));
    },
  },
  {
    title: "Loki JSON, metadata",
    format: lokiJsonFormat(),
    attributesMax: PAIRS,
    attributesBytesMax: PAIRS_BYTES,
    body: (body, members) => {
      const entries = `[["1","${body}",{${object(distinct(members))}}]]`;
      return Buffer.from(`{"streams":[{"stream":{},"values":${entries}}]}`);
    },
  },
  {
    title: "Loki JSON, labels",
    format: lokiJsonFormat(),
    attributesMax: PAIRS,
    attributesBytesMax: PAIRS_BYTES,
    at: (name) => ({ resource_attribute: name }),
    body: (body, members) =>
      Buffer.from(
        `{"streams":[{"stream":{${object(distinct(members))}},"values":[["1","${body}"]]}]}`,
      ),
  },
  {
    title: "Loki protobuf, metadata",
    format: lokiProtobufFormat(),
    attributesMax: PAIRS,
    attributesBytesMax: PAIRS_BYTES,
    body: (body, members) => {
      const pairs = members.map(([name, value]) =>
        field(3, [field(1, [Buffer.from(name)]), field(2, [Buffer.from(value)])]),
      );
      const line = field(2, [field(2, [Buffer.from(body)]), ...pairs]);
      return field(1, [field(1, [Buffer.from(`{a="b"}`)]), line]);
    },
  },
  {
    title: "Loki protobuf, labels",
    format: lokiProtobufFormat(),
    attributesMax: PAIRS,
    attributesBytesMax: PAIRS_BYTES,
    at: (name) => ({ resource_attribute: name }),
    body: (body, members) => {
      const labels = distinct(members).map(([name, value]) => `${name}="${value}"`);
      const line = field(2, [field(2, [Buffer.from(body)])]);
      return field(1, [field(1, [Buffer.from(`{${labels.join()}}`)]), line]);
    },
  },
  {
    title: "lines of JSON",
    format: lines("json"),
    attributesMax: MEMBERS,
    bytesMax: LINE_BYTES_MAX - 4096,
    body: (body, members) => Buffer.from(`{"message":"${body}",${object(distinct(members))}}`),
  },
  {
    title: "lines of logfmt",
    format: lines("logfmt"),
    attributesMax: 60_000,
    bytesMax: LINE_BYTES_MAX - 4096,
    body: (body, members) =>
      Buffer.from(
        `msg="${body}" ${distinct(members)
          .map(([name, value]) => `${name}=${value}`)
          .join(" ")}`,
      ),
  },
];

/** How often, and of what, each edit is made; `at` says where an attribute is. */
type Edit = (shape: EditedShape) => object;
const from = (selector: object): object =>
  Object.fromEntries(Object.entries(selector).map(([name, value]) => [`from_${name}`, value]));
const below = (selector: object, name: string): object =>
  Object.fromEntries(
    Object.entries(selector).map(([key, value]) => [key, [...[value].flat(), name]]),
  );

export const EDITS: Readonly<Record<string, Edit>> = {
  redact: ({ at }) => ({ redact: NAMES.map((name) => ({ ...at(name), replacement: "***" })) }),
  "redact by a regex": ({ at }) => ({
    redact: NAMES.map((name) => ({ ...at(name), regex: "a", replacement: "***" })),
  }),
  "redact what is not there": ({ at }) => ({
    redact: NAMES.map((name) => ({ ...at(`${name}y`), replacement: "***" })),
  }),
  "redact the others": ({ at }) => ({ redact: [{ ...at("other"), replacement: "***" }] }),
  "redact the text": () => ({ redact: [{ log_field: "body", replacement: "***" }] }),
  "redact the text by a regex": () => ({
    redact: NAMES.map(() => ({ log_field: "body", regex: "w.rds", replacement: "***" })),
  }),
  remove: ({ at }) => ({ remove: NAMES.map(at) }),
  "remove the others": ({ at }) => ({ remove: [at("other")] }),
  rename: ({ at }) => ({
    rename: NAMES.map((name) => ({ ...from(at(name)), to: `${name}z` })),
  }),
  "rename the others": ({ at }) => ({ rename: [{ ...from(at("other")), to: "others" }] }),
  "rename onto what is there": ({ at }) => ({
    rename: NAMES.slice(1).map((name, i) => ({
      ...from(at(name)),
      to: NAMES[i] as string,
      upsert: true,
    })),
  }),
  add: ({ at }) => ({ add: NAMES.map((name) => ({ ...at(`${name}w`), value: "b" })) }),
  "add what is there": ({ at }) => ({
    add: NAMES.map((name) => ({ ...at(name), value: "b", upsert: true })),
  }),
  "add into maps": ({ at }) => ({
    add: NAMES.map((name) => ({ ...below(at("new"), name), value: "b" })),
  }),
  "add maps": ({ at }) => ({
    add: NAMES.map((name) => ({ ...below(at(`${name}w`), "b"), value: "b" })),
  }),
  "everything in turns": ({ at }) => ({
    remove: NAMES.slice(0, 5).map(at),
    redact: NAMES.slice(5, 10).map((name) => ({ ...at(name), replacement: "***" })),
    rename: NAMES.slice(10, 15).map((name) => ({ ...from(at(name)), to: `${name}z` })),
    add: NAMES.slice(15).map((name) => ({ ...at(`${name}w`), value: "b" })),
  }),
};

export const EDITED: readonly EditedShape[] = FRAMES.flatMap((frame) =>
  Object.entries(CONTENTS).map(([title, { text: textOf, members }]) => {
    const { at = ofLog, bytesMax = Infinity, format, attributesMax } = frame;
    const { attributesBytesMax = Infinity } = frame;
    return {
      title: `${frame.title}: ${title}`,
      format,
      at,
      match: [{ ...at("asked0"), exact: "a" }],
      body: (bytes: number): Uint8Array => {
        const size = Math.min(bytes, bytesMax);
        const all = members(Math.min(size, attributesBytesMax), attributesMax);
        return frame.body(textOf(size), all);
      },
    };
  }),
);
