// Whether bytes are a well-formed protobuf message, as deep as a schema says: the plain other way
// to what the cursors of the format find, for tests that damage bodies. Generated decoders are no
// oracle here, because they read a known field of a wrong wire type as if it had the right one.

import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";

/** What to look into: messages by field number. */
export interface Shape {
  readonly fields: Readonly<Record<number, Shape | undefined>>;
  /** Wire types that a known field may have; absent: any. */
  readonly wires?: Readonly<Record<number, readonly number[] | undefined>>;
}

/** The containers of an export request, without what is in resources, scopes and records. */
export const FRAME: Shape = { fields: { 1: { fields: { 2: { fields: {} } } } } };

const shapes = new Map<DescMessage, Shape>();

/** Everything that the schema knows. */
export function shapeOf(schema: DescMessage): Shape {
  let shape = shapes.get(schema);
  if (shape === undefined) {
    const fields: Record<number, Shape | undefined> = {};
    const wires: Record<number, readonly number[]> = {};
    shape = { fields, wires };
    shapes.set(schema, shape);
    for (const field of schema.fields) {
      if (field.message !== undefined) fields[field.number] = shapeOf(field.message);
      wires[field.number] = wiresOf(field);
    }
  }
  return shape;
}

/** Lists of numbers may come packed. */
function wiresOf({ fieldKind, scalar }: DescField): readonly number[] {
  const wire = scalar === undefined ? (fieldKind === "enum" ? 0 : 2) : wireOf(scalar);
  return fieldKind === "list" ? [wire, 2] : [wire];
}

function wireOf(scalar: ScalarType): number {
  switch (scalar) {
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return 1;
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return 2;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return 5;
    default:
      return 0;
  }
}

const GROUPS_MAX = 100;

class Walk {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Throws when the message is malformed. */
  message({ fields, wires }: Shape): void {
    while (this.at < this.bytes.length) {
      const { field, wire } = this.tag();
      if (wires?.[field]?.includes(wire) === false) throw new RangeError("wire type");
      const payload = this.skip(field, wire, 0);
      const inner = wire === 2 ? fields[field] : undefined;
      if (inner !== undefined) new Walk(payload).message(inner);
    }
  }

  private tag(): { field: number; wire: number } {
    const tag = this.varint();
    const field = Number(tag >> 3n);
    if (field === 0 || tag > 0xffff_ffffn) throw new RangeError("field number");
    return { field, wire: Number(tag & 7n) };
  }

  private skip(field: number, wire: number, groups: number): Uint8Array {
    if (wire === 0) this.varint();
    else if (wire === 1) return this.take(8n);
    else if (wire === 5) return this.take(4n);
    else if (wire === 2) return this.take(this.varint());
    else if (wire === 3 && groups < GROUPS_MAX) {
      let inner = this.tag();
      while (inner.wire !== 4) {
        this.skip(inner.field, inner.wire, groups + 1);
        inner = this.tag();
      }
      if (inner.field !== field) throw new RangeError("end of another group");
    } else throw new RangeError("wire type");
    return this.bytes.subarray(0, 0);
  }

  private take(size: bigint): Uint8Array {
    if (size > BigInt(this.bytes.length - this.at)) throw new RangeError("length");
    const start = this.at;
    this.at += Number(size);
    return this.bytes.subarray(start, this.at);
  }

  private varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.take(1n)[0]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError("varint");
  }
}

/** Whether `bytes` are such a message, with every known field in a wire type that it may have. */
export function isWellFormed(bytes: Uint8Array, shape: Shape): boolean {
  try {
    new Walk(bytes).message(shape);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
