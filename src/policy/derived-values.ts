// Values that formats do not report because they follow from others that they do report: enums
// under OpenTelemetry's names, severities as digits, an empty text for the missing parent of a root
// span, and "not monotonic" for a sum that does not say so. They are added before a record is
// judged.

import { encodeUtf8 } from "../core/utf8.ts";
import { Field, type FieldIndex } from "./fields.ts";
import type { FieldName, FieldRef } from "./model.ts";
import { ValueKind } from "./record-port.ts";
import type { ValueStore } from "./value-store.ts";

/** By number; a number without a name has no text. */
export const ENUM_NAMES: Readonly<Partial<Record<FieldName, readonly (string | undefined)[]>>> = {
  metric_type: [undefined, "GAUGE", "SUM", "HISTOGRAM", "EXPONENTIAL_HISTOGRAM", "SUMMARY"],
  aggregation_temporality: [undefined, "DELTA", "CUMULATIVE"],
  // A span whose kind is not set counts as internal.
  span_kind: ["INTERNAL", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"],
  span_status: ["UNSET", "OK", "ERROR"],
};
const SUM = ENUM_NAMES.metric_type?.indexOf("SUM");
const EMPTY = new Uint8Array(0);

/** The field that a value is made from; undefined: formats put it. */
export function derivedFrom(ref: FieldRef): FieldName | undefined {
  if (ref.kind !== "field") return undefined;
  if (ref.as === "text") return ref.field;
  return ref.field === "is_monotonic" ? "metric_type" : undefined;
}

/** A field as text: where it is, where its text goes, and the texts of its numbers. */
interface DerivedText {
  readonly from: number;
  readonly to: number;
  readonly names: readonly (Uint8Array | undefined)[] | undefined;
  /** Whether an absent value becomes the empty text. */
  readonly isRoot: boolean;
}

/** The slots that are asked for. */
interface AskedSlots {
  readonly fieldSlots: Int32Array;
  readonly textSlots: Int32Array;
}

/** The digits of severities, which are made only once. */
const DIGITS = Array.from({ length: 25 }, (_, number) => encodeUtf8(String(number)));

/** The decimal digits of a signed 64-bit integer that is given in two halves. */
function digitsOf(hi: number, lo: number): Uint8Array {
  const known = hi === 0 ? DIGITS[lo] : undefined;
  if (known !== undefined) return known;
  return encodeUtf8(((BigInt(hi) << 32n) | BigInt(lo >>> 0)).toString());
}

export class DerivedValues {
  private readonly values: ValueStore;
  private readonly texts: readonly DerivedText[];
  private readonly typeSlot: number;
  private readonly monotonicSlot: number;

  constructor({ fieldSlots, textSlots }: AskedSlots, values: ValueStore) {
    const slot = (field: FieldIndex): number => fieldSlots[field] as number;
    this.values = values;
    this.typeSlot = slot(Field.metric_type);
    this.monotonicSlot = slot(Field.is_monotonic);
    this.texts = Object.entries(Field).flatMap(([name, field]) => {
      const to = textSlots[field] as number;
      // The keys of the table are the names of fields.
      const names = ENUM_NAMES[name as FieldName]?.map((text) =>
        text === undefined ? undefined : encodeUtf8(text),
      );
      return to < 0 ? [] : [{ from: slot(field), to, names, isRoot: name === "parent_span_id" }];
    });
  }

  /** Undefined: no policy asks for such values. */
  static of(slots: AskedSlots, values: ValueStore): DerivedValues | undefined {
    const derived = new DerivedValues(slots, values);
    return derived.texts.length > 0 || derived.monotonicSlot >= 0 ? derived : undefined;
  }

  /** To be called after all values of a record were put. */
  put(): void {
    const { texts, monotonicSlot } = this;
    for (let i = 0; i < texts.length; i++) this.putText(texts[i] as DerivedText);
    if (monotonicSlot >= 0 && !this.values.has(monotonicSlot)) this.putMonotonic(monotonicSlot);
  }

  private putText({ from, to, names, isRoot }: DerivedText): void {
    const { values } = this;
    // A value of an outer level may be there already.
    if (values.has(to)) return;
    const isThere = values.has(from);
    if (names !== undefined) {
      const name = names[isThere && values.kind(from) === ValueKind.int ? values.end(from) : 0];
      if (name !== undefined) values.putString(to, name, 0, name.length);
    } else if (!isThere) {
      if (isRoot) values.putString(to, EMPTY, 0, 0);
    } else if (values.kind(from) === ValueKind.int) {
      const text = digitsOf(values.start(from), values.end(from));
      values.putString(to, text, 0, text.length);
    } else if (values.kind(from) === ValueKind.string) {
      values.putString(to, values.buffer(from), values.start(from), values.end(from));
    }
  }

  private putMonotonic(slot: number): void {
    const { values, typeSlot } = this;
    const isSum = values.has(typeSlot) && values.end(typeSlot) === SUM;
    if (isSum) values.putBool(slot, false);
  }
}
