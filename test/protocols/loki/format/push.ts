// Push requests as plain data, and an independent writer and reader of them in both encodings.

import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import * as fc from "fast-check";

export type Texts = readonly (readonly [name: string, text: string])[];
export interface PlainEntry {
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly line: string;
  /** Undefined: none, which an empty list is to some encodings. */
  readonly metadata?: Texts | undefined;
}
export interface PlainStream {
  readonly labels: Texts;
  readonly entries: readonly PlainEntry[];
}
export type Push = readonly PlainStream[];

const SECOND = 1_000_000_000n;
const text = JSON.stringify;

function jsonTexts(texts: Texts): string {
  return `{${texts.map(([name, value]) => `${text(name)}:${text(value)}`).join(",")}}`;
}

export function writeJson(push: Push): Uint8Array {
  const streams = push.map(({ labels, entries }) => {
    const values = entries.map(({ time, line, metadata }) => {
      const more = metadata === undefined ? "" : `,${jsonTexts(metadata)}`;
      return `["${time}",${text(line)}${more}]`;
    });
    return `{"stream":${jsonTexts(labels)},"values":[${values.join(",")}]}`;
  });
  return new TextEncoder().encode(`{"streams":[${streams.join(",")}]}`);
}

/** Objects keep the order of their members, but for names that are numbers, which none has. */
export function readJson(bytes: Uint8Array): Push {
  const document = JSON.parse(new TextDecoder().decode(bytes)) as {
    streams: {
      stream: Record<string, string>;
      values: [string, string, Record<string, string>?][];
    }[];
  };
  return document.streams.map(({ stream, values }) => ({
    labels: Object.entries(stream),
    entries: values.map(([time, line, metadata]) => ({
      time: BigInt(time),
      line,
      ...(metadata === undefined ? {} : { metadata: Object.entries(metadata) }),
    })),
  }));
}

export function labelText(labels: Texts): string {
  return `{${labels.map(([name, value]) => `${name}=${text(value)}`).join(", ")}}`;
}

/** Literals in double quotes only, as everybody writes them. */
export function readLabels(labels: string): Texts {
  return [...labels.matchAll(/([a-zA-Z_:][\w:]*)\s*=\s*("(?:[^"\\]|\\.)*")/gs)].map(
    ([, name = "", literal = '""']) => [
      name,
      JSON.parse(literal.replaceAll(/\\x([0-9a-f]{2})/g, "\\u00$1")) as string,
    ],
  );
}

const message = (writer: BinaryWriter, field: number, bytes: Uint8Array): BinaryWriter =>
  writer.tag(field, WireType.LengthDelimited).bytes(bytes);

function pair([name, value]: readonly [string, string]): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).string(name);
  return writer.tag(2, WireType.LengthDelimited).string(value).finish();
}

function entryMessage({ time, line, metadata = [] }: PlainEntry): Uint8Array {
  const at = new BinaryWriter();
  at.tag(1, WireType.Varint).int64(time / SECOND);
  at.tag(2, WireType.Varint).int32(Number(time % SECOND));
  const writer = message(new BinaryWriter(), 1, at.finish());
  writer.tag(2, WireType.LengthDelimited).string(line);
  for (const one of metadata) message(writer, 3, pair(one));
  return writer.finish();
}

/** In clear. `hash`: written behind the entries, as Loki's own clients do. */
export function writeProtobuf(push: Push, hash?: bigint): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  for (const { labels, entries } of push) {
    const stream = new BinaryWriter();
    stream.tag(1, WireType.LengthDelimited).string(labelText(labels));
    for (const one of entries) message(stream, 2, entryMessage(one));
    if (hash !== undefined) stream.tag(3, WireType.Varint).uint64(hash);
    message(writer, 1, stream.finish());
  }
  return new Uint8Array(writer.finish());
}

type Field = readonly [field: number, value: Uint8Array | bigint];

function fieldsOf(bytes: Uint8Array): Field[] {
  const reader = new BinaryReader(bytes);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    fields.push([
      field,
      type === WireType.LengthDelimited ? reader.bytes() : BigInt(reader.int64()),
    ]);
  }
  return fields;
}

const decoded = (value: Uint8Array | bigint | undefined): string =>
  typeof value === "object" ? new TextDecoder().decode(value) : "";
const valueOf = (fields: readonly Field[], field: number) =>
  fields.findLast(([number]) => number === field)?.[1];

export function readProtobuf(bytes: Uint8Array): Push {
  return fieldsOf(bytes).map(([, stream]) => {
    const parts = fieldsOf(stream as Uint8Array);
    const entries = parts.filter(([field]) => field === 2).map(([, one]) => one as Uint8Array);
    return {
      labels: readLabels(decoded(valueOf(parts, 1))),
      entries: entries.map((entry): PlainEntry => {
        const fields = fieldsOf(entry);
        const at = fieldsOf(valueOf(fields, 1) as Uint8Array);
        const seconds = (valueOf(at, 1) ?? 0n) as bigint;
        const pairs = fields.filter(([field]) => field === 3).map(([, one]) => one as Uint8Array);
        const metadata = pairs.map((one) => {
          const members = fieldsOf(one);
          return [decoded(valueOf(members, 1)), decoded(valueOf(members, 2))] as const;
        });
        return {
          time: seconds * SECOND + ((valueOf(at, 2) ?? 0n) as bigint),
          line: decoded(valueOf(fields, 2)),
          ...(metadata.length === 0 ? {} : { metadata }),
        };
      }),
    };
  });
}

/** Without lists of metadata that are empty. */
export function comparable(push: Push): Push {
  return push.map(({ labels, entries }) => ({
    labels,
    entries: entries.map(({ metadata, ...rest }) =>
      metadata === undefined || metadata.length === 0 ? rest : { ...rest, metadata },
    ),
  }));
}

const value = fc.oneof(
  fc.constantFrom("", "x", "debug", 'a"\\\n\u0001', "é😀"),
  fc.string({ unit: "grapheme", maxLength: 12 }),
);
const labelNames = fc.constantFrom("app", "env", "service_name", "level", "b");
const metadataNames = fc.constantFrom("a", "level", "detected_level", "trace_id", "user_mail");

/** Names are not repeated: objects of JSON.parse could not have them. */
function texts(names: fc.Arbitrary<string>, minLength: number): fc.Arbitrary<Texts> {
  const one = fc.tuple(names, value);
  return fc.uniqueArray(one, { minLength, maxLength: 4, selector: ([name]) => name });
}

export const pushArbitrary: fc.Arbitrary<Push> = fc.array(
  fc.record({
    labels: texts(labelNames, 1),
    entries: fc.array(
      fc.record(
        {
          time: fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }),
          line: value,
          metadata: texts(metadataNames, 0),
        },
        { requiredKeys: ["time", "line"] },
      ),
      { maxLength: 4 },
    ),
  }),
  { maxLength: 4 },
);
