// Reads a line that is a JSON object as JSON, and any other line as raw: for files that contain
// both.

import type { FieldTable, FieldValues } from "../../../policy/record-port.ts";
import { JsonRecord } from "./json-record.ts";
import type { LineEditor, LineRecord } from "./line-record.ts";
import { RawRecord } from "./raw-record.ts";

export class AutoRecord implements LineRecord {
  private readonly json: JsonRecord;
  private readonly raw: RawRecord;
  private isJson = false;

  constructor(fields: FieldTable) {
    this.json = new JsonRecord(fields);
    this.raw = new RawRecord(fields);
  }

  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.isJson = this.json.read(bytes, start, end);
    return this.isJson || this.raw.read(bytes, start, end);
  }

  put(values: FieldValues): void {
    if (this.isJson) this.json.put(values);
    else this.raw.put(values);
  }

  edit(): LineEditor {
    return this.isJson ? this.json.edit() : this.raw.edit();
  }

  release(): void {
    this.json.release();
    this.raw.release();
  }
}
