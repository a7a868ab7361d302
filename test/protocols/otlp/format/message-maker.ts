// Random messages of any schema, with all of its fields and now and then unknown ones; and the way
// of export requests to OTLP/JSON and back that takes unknown fields along.

import {
  create,
  type DescField,
  type DescMessage,
  type DescOneof,
  fromJson,
  type JsonValue,
  type Message,
  ScalarType,
  toJson,
  type UnknownField,
} from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import * as fc from "fast-check";
import { respellIds } from "./decoded-request.ts";

export const KEYS = ["a", "b", "c", "d", "team", "renamed", ""] as const;
const TEXTS = ["", "x", "value", "x value", "üñ ✓ \u{1f600}", 'q"\\\n\u0001', "ERROR"] as const;
const INTS = [0, 1, 9, 17, 2_147_483_647] as const;
const LONGS = [0n, 1n, 9n, 2n ** 53n + 1n, 2n ** 63n - 1n] as const;
const DOUBLES = [0, 0.1, -1e300, Number.NaN, Number.POSITIVE_INFINITY] as const;
const UNKNOWN_NUMBERS = [1001, 1002, 15_000] as const;
const DEPTH_MAX = 9;

type Fields = Record<string, unknown>;
type Held = { case: string | undefined; value?: unknown };

/** Draws of one run of a property; they shrink. */
class MessageMaker {
  private readonly draw: fc.GeneratorValue;
  private readonly unknowns: boolean;

  constructor(draw: fc.GeneratorValue, unknowns: boolean) {
    this.draw = draw;
    this.unknowns = unknowns;
  }

  make(schema: DescMessage, depth = 0): Message {
    const message = create(schema);
    const fields = message as unknown as Fields;
    for (const member of schema.members) {
      if (member.kind === "oneof") this.fillOneof(fields, member, depth);
      else if (member.fieldKind === "list") fields[member.localName] = this.list(member, depth);
      else if (this.upTo(3) > 0) fields[member.localName] = this.value(member, depth);
    }
    if (this.unknowns && this.upTo(7) === 0) message.$unknown = [this.unknown()];
    return message;
  }

  private upTo(max: number): number {
    return this.draw(fc.nat, { max });
  }
  private pick<T>(values: readonly T[]): T {
    return values[this.upTo(values.length - 1)]!;
  }

  private fillOneof(fields: Fields, oneof: DescOneof, depth: number): void {
    // Deep down there are no more messages.
    const choices = oneof.fields.filter(({ message }) => depth < DEPTH_MAX || !message);
    const chosen = choices[this.upTo(choices.length)];
    if (chosen === undefined) return;
    fields[oneof.localName] = { case: chosen.localName, value: this.value(chosen, depth) };
  }

  private list(field: DescField, depth: number): unknown[] {
    // The way to the records is never empty, so that there are some.
    const isContainer = /^(?:resource|scope)[A-Z]|^(?:logRecords|metrics|spans)$/.test(
      field.localName,
    );
    const size = isContainer ? 1 + this.upTo(2) : this.upTo(depth < 5 ? 3 : 1);
    return Array.from({ length: size }, () => this.value(field, depth));
  }

  private value(field: DescField, depth: number): unknown {
    if (field.message !== undefined) return this.make(field.message, depth + 1);
    if (field.enum !== undefined) return this.pick(field.enum.values).number;
    switch (field.scalar) {
      case ScalarType.STRING:
        if (field.localName === "traceState") return this.pick(["", "a=b", "a=b,c=d"]);
        return field.localName === "key" ? this.pick(KEYS) : this.pick(TEXTS);
      case ScalarType.BYTES:
        return this.bytes(field.localName);
      case ScalarType.BOOL:
        return this.upTo(1) === 1;
      case ScalarType.DOUBLE:
      case ScalarType.FLOAT:
        return this.pick(DOUBLES);
      case ScalarType.INT64:
      case ScalarType.UINT64:
      case ScalarType.FIXED64:
      case ScalarType.SFIXED64:
        return this.pick(LONGS);
      default:
        return this.pick(INTS);
    }
  }

  private bytes(name: string): Uint8Array {
    const sizes: Readonly<Record<string, number>> = { traceId: 16, spanId: 8, parentSpanId: 8 };
    const length = sizes[name] ?? this.upTo(4);
    return Uint8Array.from({ length }, () => this.upTo(255));
  }

  private unknown(): UnknownField {
    const no = this.pick(UNKNOWN_NUMBERS);
    if (this.upTo(1) === 0)
      return { no, wireType: WireType.Varint, data: Uint8Array.of(this.upTo(127)) };
    return { no, wireType: WireType.LengthDelimited, data: Uint8Array.of(2, 0x68, 0x69) };
  }
}

/** Messages of a schema. `unknowns`: with unknown fields sprinkled in. */
export function messages(schema: DescMessage, unknowns = true): fc.Arbitrary<Message> {
  return fc.gen().map((draw) => new MessageMaker(draw, unknowns).make(schema));
}

type JsonObject = { [member: string]: JsonValue };

/** Calls `visit` for a message, and all inside of it, each with its JSON object. */
function walk(
  schema: DescMessage,
  message: Message,
  json: JsonObject,
  visit: (message: Message, json: JsonObject) => void,
): void {
  visit(message, json);
  const fields = message as unknown as Fields;
  for (const { message: inner, jsonName, localName, oneof, fieldKind } of schema.fields) {
    const printed = json[jsonName];
    if (inner === undefined || printed === undefined || printed === null) continue;
    const held = oneof === undefined ? undefined : (fields[oneof.localName] as Held);
    const value = held === undefined ? fields[localName] : held.value;
    const isList = fieldKind === "list";
    const items = isList ? (value as Message[]) : [value as Message];
    const texts = isList ? (printed as JsonObject[]) : [printed as JsonObject];
    for (const [i, item] of items.entries()) walk(inner, item, texts[i]!, visit);
  }
}

const UNKNOWN_NAME = /^x(\d+)$/;

/** OTLP/JSON of a message; unknown fields become unknown members, first or last. */
export function toOtlpJson(schema: DescMessage, message: Message): string {
  const json = toJson(schema, message) as JsonObject;
  walk(schema, message, json, ({ $unknown = [] }, object) => {
    for (const { no, wireType, data } of $unknown) {
      object[`x${no}`] = { wireType, data: [...data] };
    }
  });
  return JSON.stringify(respellIds(JSON.stringify(json), "base64", "hex"));
}

/** The message that toOtlpJson wrote. */
export function fromOtlpJson(schema: DescMessage, text: string): Message {
  const json = respellIds(text, "hex", "base64") as JsonObject;
  const message = fromJson(schema, json, { ignoreUnknownFields: true });
  walk(schema, message, json, (one, object) => {
    for (const [name, value] of Object.entries(object)) {
      const no = Number(UNKNOWN_NAME.exec(name)?.[1] ?? 0);
      if (no === 0) continue;
      const { wireType, data } = value as { wireType: WireType; data: number[] };
      one.$unknown = [{ no, wireType, data: Uint8Array.from(data) }];
    }
  });
  return message;
}
