// A line that is a JSON object. Its members are attributes by their dotted names, and so are those
// of an object `attributes`; some members are named fields besides. A line whose body is no member
// is its body as a whole.

import { releaseScratch, Scratch } from "../../../core/json/index.ts";
import { Level } from "../../../policy/fields.ts";
import type { FieldTable, FieldValues } from "../../../policy/record-port.ts";
import { RequestedAttributes, ResolvedValues } from "../../dotted/index.ts";
import { JsonLineEditor } from "./json-editor.ts";
import type { LineEditor, LineRecord } from "./line-record.ts";
import { attributeAliases, MEMBER_NAMES, MemberFields } from "./member-fields.ts";
import { ObjectScanner } from "./object-scanner.ts";

export class JsonRecord implements LineRecord {
  private readonly line: ObjectScanner;
  private readonly resolved: ResolvedValues;
  private readonly fields: MemberFields;
  private readonly scratch = new Scratch(4096);
  private readonly asksAttributes: boolean;

  constructor(fields: FieldTable) {
    const asked = new RequestedAttributes(fields, MEMBER_NAMES, attributeAliases(fields));
    this.line = new ObjectScanner(asked.names);
    this.resolved = new ResolvedValues(asked);
    this.fields = new MemberFields(fields, asked.members);
    this.asksAttributes = asked.slots[Level.record].length > 0;
  }

  read(bytes: Uint8Array, start: number, end: number): boolean {
    return this.line.scan(bytes, start, end);
  }

  put(values: FieldValues): void {
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
    const { bytes, start, end, objectStart, objectEnd } = this.line;
    return new JsonLineEditor(bytes.subarray(start, end), objectStart - start, objectEnd - start);
  }

  release(): void {
    this.line.release();
    this.resolved.release();
    releaseScratch(this.scratch);
  }
}
