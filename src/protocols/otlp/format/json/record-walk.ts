// The records of an OTLP/JSON request: finds the values of each, has it judged, and cuts and
// patches the text.

import {
  ListCutter,
  nextElement,
  OPEN_OBJECT,
  releaseScratch,
  Scratch,
} from "../../../../core/json/index.ts";
import { POINTS_COUNTED_MAX } from "../../../../core/limits.ts";
import { BodyWalk } from "../../../../policy/body-walk.ts";
import type { RecordFrame } from "../../../../policy/extension-port.ts";
import type { PointEvaluation } from "../../../../policy/points/point-evaluation.ts";
import { type Evaluation, type FieldTable, Verdict } from "../../../../policy/record-port.ts";
import { BrokenRecords } from "./broken-records.ts";
import { JsonRecordEditor } from "./editor.ts";
import type { ObjectPlan } from "./object-plan.ts";
import { PointCutter } from "./point-cutter.ts";
import { RecordMembers } from "./record-members.ts";
import { ValueReader } from "./value-reader.ts";

const NOTHING = new Uint8Array(0);

export abstract class RecordWalk extends BodyWalk {
  readonly fields: FieldTable;
  protected readonly reader: ValueReader;
  protected readonly editor: JsonRecordEditor;
  /** Of the array of records at hand. */
  protected readonly recordCutter = new ListCutter(this.rewriter);
  protected readonly broken = new BrokenRecords();
  protected bytes: Uint8Array = NOTHING;
  protected records = 0;
  /** Data points of metrics. */
  protected points = 0;
  protected dropped = 0;
  protected unreadable = 0;
  protected edited = 0;
  /** Whether the walk is on its way out for a pause: what its functions return has no meaning. */
  protected isPaused = false;
  /** Where the array of records goes on that was left for a pause. */
  protected recordsPausedAt = 0;
  private readonly recordPlan: ObjectPlan;
  private readonly recordScratch = new Scratch();
  /** Where the members of the record are that was read last, once any was edited. */
  private readonly marks = new RecordMembers();
  /** The record that was edited last. */
  private editedFrom = 0;
  private editedTo = 0;
  /** Made for the first metric whose data points are judged. */
  private pointCutter: PointCutter | undefined;

  constructor(fields: FieldTable, recordPlan: ObjectPlan) {
    super();
    this.fields = fields;
    this.recordPlan = recordPlan;
    this.reader = new ValueReader(fields);
    this.editor = new JsonRecordEditor(fields.signal);
  }

  protected begin(body: Uint8Array): void {
    this.bytes = body;
    this.reader.open(body);
    this.reader.members.begin();
    this.rewriter.open(body);
    this.broken.begin();
    this.marks.openAt = -1;
    this.records = this.points = this.dropped = this.unreadable = this.edited = 0;
    this.isPaused = false;
  }

  override release(): void {
    this.bytes = NOTHING;
    this.reader.release();
    this.rewriter.release();
    releaseScratch(this.recordScratch);
    this.pointCutter?.release();
    this.editor.close();
  }

  /** What stands around the records of the scope at hand. */
  protected abstract frame(): RecordFrame;

  protected countUnreadable(): void {
    this.records++;
    this.unreadable++;
  }

  /**
   * Walks an array of records from the element at `at` on; `recordCutter` knows whether one is
   * left. What is no record, or a broken one, is kept and counted.
   */
  protected walkRecords(evaluation: Evaluation, at: number, depth: number): number {
    const { bytes, reader, recordCutter: cutter } = this;
    while (at >= 0) {
      const start = at;
      cutter.enter(at);
      at = bytes[at] === OPEN_OBJECT ? this.readRecord(evaluation, start, depth + 1) : -1;
      if (at < 0 || reader.odd) {
        reader.odd = false;
        this.countUnreadable();
        if (at < 0) at = this.broken.pass(bytes, start, depth + 1);
        cutter.keep(at);
      } else this.judgeRecord(evaluation, start, at);
      at = nextElement(bytes, at);
      if (this.isPauseDue(at)) {
        this.isPaused = true;
        this.recordsPausedAt = at;
        return at;
      }
    }
    return ~at;
  }

  /** Reports the record at `at`; returns the offset behind it, or -1: it is broken. */
  private readRecord(evaluation: Evaluation, at: number, depth: number): number {
    const { bytes, reader, recordScratch } = this;
    evaluation.beginRecord();
    recordScratch.reset();
    const end = this.broken.read(reader, bytes, this.recordPlan, at, depth);
    if (end < 0) reader.pending.clear();
    else reader.report(evaluation.values, recordScratch);
    return end;
  }

  private judgeRecord(evaluation: Evaluation, start: number, end: number): void {
    const { recordCutter: cutter } = this;
    this.records++;
    this.points += Math.min(this.reader.elements, POINTS_COUNTED_MAX);
    const { points } = evaluation;
    if (points !== undefined && points.open()) this.cutPoints(evaluation, points, start);
    const verdict = evaluation.decide(end - start);
    if (evaluation.offering) {
      evaluation.offer(this.bytes, start, end, "otlp_json", this.frame());
    }
    if (verdict === Verdict.drop) {
      this.dropped++;
      cutter.drop(end);
      return;
    }
    cutter.keep(end);
    if (verdict === Verdict.edit) this.openAndEdit(evaluation, start, end);
    else if (verdict === Verdict.prune) this.edited++;
  }

  private cutPoints(evaluation: Evaluation, points: PointEvaluation, start: number): void {
    this.pointCutter ??= new PointCutter(this.fields, this.rewriter, this.reader, this.broken);
    this.pointCutter.cut(evaluation, points, this.bytes, start);
    if (this.pointCutter.isUnreadable) this.unreadable++;
  }

  private openAndEdit(evaluation: Evaluation, start: number, end: number): void {
    const { editor, marks } = this;
    editor.openRecord(this.bytes, start, end, marks.openAt === start ? marks : undefined);
    this.recordPlan.marks = marks;
    this.editedFrom = start;
    this.editedTo = end;
    this.editRecord(evaluation, editor);
  }

  protected override leaveEdited(): void {
    const { editor } = this;
    if (!editor.changed) return;
    this.edited++;
    editor.writeTo(this.rewriter, this.editedFrom, this.editedTo);
  }
}
