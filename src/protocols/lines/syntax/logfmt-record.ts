// A logfmt line: pairs are attributes, with keys that may have dots, and texts all of them; some
// are named fields besides. A line whose body is no pair is its body as a whole.

import { releaseScratch, Scratch } from "../../../core/json/index.ts";
import { Level } from "../../../policy/fields.ts";
import type { FieldTable, FieldValues } from "../../../policy/record-port.ts";
import { RequestedAttributes, ScanResult, Found, ResolvedValues } from "../../dotted/index.ts";
import type { LineEditor, LineRecord } from "./line-record.ts";
import { LogfmtCursor } from "./logfmt-cursor.ts";
import { LogfmtEditor } from "./logfmt-editor.ts";
import { MEMBER_NAMES, MemberFields } from "./member-fields.ts";

const NOTHING = new Uint8Array(0);

export class LogfmtRecord implements LineRecord {
  private readonly asked: RequestedAttributes;
  private readonly scanResult: ScanResult;
  private readonly resolved: ResolvedValues;
  private readonly fields: MemberFields;
  private readonly cursor = new LogfmtCursor();
  private readonly scratch = new Scratch(4096);
  private bytes: Uint8Array = NOTHING;
  private start = 0;
  private end = 0;

  constructor(fields: FieldTable) {
    this.asked = new RequestedAttributes(fields, MEMBER_NAMES, []);
    this.scanResult = new ScanResult(this.asked.names.size);
    this.resolved = new ResolvedValues(this.asked);
    this.fields = new MemberFields(fields, this.asked.members);
  }

  read(bytes: Uint8Array, start: number, end: number): boolean {
    const { cursor, scanResult } = this;
    const { names } = this.asked;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    scanResult.begin();
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      if (!cursor.isPair) continue;
      const node = names.find(cursor.hash, -1, bytes, cursor.wordStart, cursor.keyEnd);
      if (node >= 0) scanResult.add(node, Found.string, cursor.valueStart, cursor.valueEnd);
    }
    return true;
  }

  put(values: FieldValues): void {
    const { bytes, fields, scanResult, resolved, scratch } = this;
    scratch.reset();
    resolved.begin();
    resolved.addFindings(scanResult, bytes, scratch);
    resolved.flush(values, Level.record);
    if (!fields.put(values, scanResult, bytes, scratch) && this.start < this.end) {
      values.putString(fields.bodySlot, bytes, this.start, this.end);
    }
  }

  edit(): LineEditor {
    return new LogfmtEditor(this.bytes.subarray(this.start, this.end));
  }

  release(): void {
    this.bytes = NOTHING;
    this.cursor.open(NOTHING, 0, 0);
    this.resolved.release();
    releaseScratch(this.scratch);
  }
}
