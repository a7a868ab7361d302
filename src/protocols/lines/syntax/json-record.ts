// A line of JSON. The members of an object are attributes by their dotted names, and so are those
// of an object `attributes`; some members are named fields besides. A line whose body is no member
// is its body as a whole.

import { UndecodableError } from "../../../core/errors.ts";
import { releaseScratch, Scratch, skipSpace, skipValue } from "../../../core/json/index.ts";
import { encodeUtf8 } from "../../../core/utf8.ts";
import { Level } from "../../../policy/fields.ts";
import type { FieldTable, FieldValues } from "../../../policy/record-port.ts";
import { RequestedAttributes, ResolvedValues } from "../../dotted/index.ts";
import { JsonLineEditor } from "./json-editor.ts";
import type { LineEditor, LineRecord } from "./line-record.ts";
import { attributeAliases, MEMBER_NAMES, MemberFields } from "./member-fields.ts";
import { ObjectScanner } from "./object-scanner.ts";
import { RawRecord } from "./raw-record.ts";

export class JsonRecord implements LineRecord {
  private readonly line: ObjectScanner;
  private readonly resolved: ResolvedValues;
  private readonly fields: MemberFields;
  private readonly scratch = new Scratch(4096);
  private readonly asksAttributes: boolean;
  /** For values that are no objects. */
  private readonly raw: RawRecord;
  private isObject = false;

  constructor(fields: FieldTable) {
    const asked = new RequestedAttributes(fields, MEMBER_NAMES, attributeAliases(fields));
    this.line = new ObjectScanner(asked.names);
    this.resolved = new ResolvedValues(asked);
    this.fields = new MemberFields(fields, asked.members);
    this.asksAttributes = asked.slots[Level.record].length > 0;
    this.raw = new RawRecord(fields);
  }

  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.isObject = this.line.scan(bytes, start, end);
    return this.isObject || (isValue(bytes, start, end) && this.raw.read(bytes, start, end));
  }

  put(values: FieldValues): void {
    if (!this.isObject) {
      this.raw.put(values);
      return;
    }
    const { fields, line, resolved, scratch } = this;
    const { bytes, scanResult } = line;
    scratch.reset();
    if (this.asksAttributes) {
      resolved.begin();
      resolved.addFindings(scanResult, bytes, scratch);
      resolved.flush(values, Level.record);
    }
    if (!fields.put(values, scanResult, bytes, scratch)) {
      values.putString(fields.bodySlot, bytes, line.start, line.end);
    }
  }

  edit(): LineEditor {
    if (!this.isObject) return this.raw.edit();
    const { bytes, start, end, objectStart, objectEnd } = this.line;
    return new JsonLineEditor(bytes.subarray(start, end), objectStart - start, objectEnd - start);
  }

  release(): void {
    this.line.release();
    this.raw.release();
    this.resolved.release();
    releaseScratch(this.scratch);
  }
}

/** First bytes of values that are no objects: of arrays, texts, numbers and words. */
const FIRST_BYTES: readonly number[] = [...encodeUtf8('["-0123456789tfn')];

/** Whether the line is a JSON value of any other kind. */
function isValue(bytes: Uint8Array, start: number, end: number): boolean {
  const line = bytes.subarray(start, end);
  const at = skipSpace(line, 0);
  if (!FIRST_BYTES.includes(line[at] ?? 0)) return false;
  try {
    return skipSpace(line, skipValue(line, at, 0)) === line.length;
  } catch (error) {
    if (error instanceof UndecodableError) return false;
    throw error;
  }
}
