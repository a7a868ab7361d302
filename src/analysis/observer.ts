// Evaluations that look on: they ask a format for what a sketch counts by, keep every record and
// change nothing. One is for one body at a time.

import { encodeUtf8 } from "../core/utf8.ts";
import type { SlotTable } from "../policy/compile/slot-table.ts";
import type { RecordEncoding, RecordFrame } from "../policy/extension-port.ts";
import { type Evaluation, type FieldValues, Verdict } from "../policy/record-port.ts";

const NOTHING = new Uint8Array(0);

/** A text that was put last; borrowed. */
export class PutText {
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;

  set(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  clear(): void {
    this.bytes = NOTHING;
    this.start = this.end = 0;
  }

  get isEmpty(): boolean {
    return this.start === this.end;
  }
}

export function putText(text: string): PutText {
  const bytes = encodeUtf8(text);
  const put = new PutText();
  put.set(bytes, 0, bytes.length);
  return put;
}

export abstract class Observer implements Evaluation, FieldValues {
  readonly fields: SlotTable;
  readonly values: FieldValues = this;
  readonly isOnlooker = true;
  get offering(): boolean {
    return false;
  }
  /** Of the resource at hand. */
  protected readonly service = new PutText();

  constructor(fields: SlotTable) {
    this.fields = fields;
  }

  begin(): void {
    this.service.clear();
  }
  beginResource(): void {
    this.service.clear();
  }
  beginScope(): void {}
  abstract beginRecord(): void;
  protected abstract record(recordBytes: number): void;

  decide(recordBytes: number): typeof Verdict.keep {
    this.record(recordBytes);
    return Verdict.keep;
  }
  offer(
    _bytes: Uint8Array,
    _start: number,
    _end: number,
    _encoding: RecordEncoding,
    _frame?: RecordFrame,
  ): void {}
  editRecord(): void {}
  endScope(): boolean {
    return false;
  }
  editScope(): void {}
  endResource(): boolean {
    return false;
  }
  editResource(): void {}
  commit(): undefined {}
  abort(): void {}
  /** It knows nothing of one body that another could take for its own. */
  forSteps(): Evaluation {
    return this;
  }

  has(): boolean {
    return false;
  }
  abstract putString(slot: number, bytes: Uint8Array, start: number, end: number): void;
  addString(): void {}
  putBytes(): void {}
  putInt(_slot: number, _high: number, _low: number): void {}
  putDouble(): void {}
  putBool(): void {}
  putComposite(): void {}
}
