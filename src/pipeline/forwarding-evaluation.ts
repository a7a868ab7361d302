// An evaluation that forwards every call to another one, so that subclasses can observe single
// calls. It leaves out the optional members, which formats must do without.

import type {
  Evaluation,
  FieldTable,
  FieldValues,
  PointEvaluation,
  Pauses,
  RecordEditor,
  RecordEncoding,
  RecordFrame,
  ServiceSharing,
  Settlement,
  TooCostly,
  VerdictIndex,
} from "../policy/index.ts";

import { NONE_TOO_COSTLY } from "./too-costly.ts";

export class ForwardingEvaluation implements Evaluation {
  readonly fields: FieldTable;
  readonly values: FieldValues;
  protected readonly inner: Evaluation;

  constructor(inner: Evaluation) {
    this.inner = inner;
    this.fields = inner.fields;
    this.values = inner.values;
  }

  begin(body?: Uint8Array): void {
    this.inner.begin(body);
  }
  beginResource(at?: number): void {
    this.inner.beginResource(at);
  }
  beginScope(): void {
    this.inner.beginScope();
  }
  beginRecord(): void {
    this.inner.beginRecord();
  }
  get services(): ServiceSharing | undefined {
    return this.inner.services;
  }
  get points(): PointEvaluation | undefined {
    return this.inner.points;
  }
  decide(recordBytes: number): VerdictIndex {
    return this.inner.decide(recordBytes);
  }
  takeTooCostly(): TooCostly {
    return this.inner.takeTooCostly?.() ?? NONE_TOO_COSTLY;
  }
  get offering(): boolean {
    return this.inner.offering;
  }
  offer(
    bytes: Uint8Array,
    start: number,
    end: number,
    encoding: RecordEncoding,
    frame?: RecordFrame,
  ): void {
    this.inner.offer(bytes, start, end, encoding, frame);
  }
  editRecord(editor: RecordEditor, pauses?: Pauses): boolean {
    return this.inner.editRecord(editor, pauses);
  }
  endScope(): boolean {
    return this.inner.endScope();
  }
  editScope(editor: RecordEditor): void {
    this.inner.editScope(editor);
  }
  endResource(): boolean {
    return this.inner.endResource();
  }
  editResource(editor: RecordEditor): void {
    this.inner.editResource(editor);
  }
  commit(before?: Settlement): Settlement | undefined {
    return this.inner.commit(before);
  }
  abort(): void {
    this.inner.abort();
  }
}
