// A line that has nothing but its text, the body. It has no other values and can get none.

import { Field } from "../../../policy/fields.ts";
import {
  type FieldTable,
  type FieldValues,
  type FieldSelector,
  ValueKind,
} from "../../../policy/record-port.ts";
import type { LineEditor, LineRecord } from "./line-record.ts";
import { onOneLine, type Spot, SpotEditor } from "./spot-editor.ts";

const NOTHING = new Uint8Array(0);

export class RawRecord implements LineRecord {
  private readonly bodySlot: number;
  private bytes: Uint8Array = NOTHING;
  private start = 0;
  private end = 0;

  constructor(fields: FieldTable) {
    this.bodySlot = fields.fieldSlots[Field.body] as number;
  }

  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    return true;
  }

  put(values: FieldValues): void {
    if (this.bodySlot < 0 || this.start === this.end) return;
    values.putString(this.bodySlot, this.bytes, this.start, this.end);
  }

  edit(): LineEditor {
    return new RawEditor(this.bytes.subarray(this.start, this.end));
  }

  release(): void {
    this.bytes = NOTHING;
  }
}

class RawEditor extends SpotEditor implements LineEditor {
  private line: Uint8Array;
  changed = false;

  constructor(line: Uint8Array) {
    super();
    this.line = line;
  }

  print(): Uint8Array {
    return this.line;
  }

  override get length(): number {
    return this.line.length;
  }

  override empty(): void {
    if (this.line.length > 0) this.setLine(NOTHING);
  }

  protected override spotsOf({ field }: FieldSelector): readonly Spot[] {
    const { line } = this;
    if (field !== Field.body || line.length === 0) return [];
    const set = (text: Uint8Array): void => this.setLine(text);
    return [{ kind: ValueKind.string, text: line, set, remove: () => set(NOTHING) }];
  }

  /** An empty line gets a text. */
  protected override create({ field }: FieldSelector, text: Uint8Array): boolean {
    if (field !== Field.body) return false;
    this.setLine(text);
    return true;
  }

  protected override move(): boolean {
    return false;
  }

  private setLine(text: Uint8Array): void {
    this.line = onOneLine(text);
    this.changed = true;
  }
}
