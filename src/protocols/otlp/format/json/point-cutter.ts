// Has each data point of a metric in OTLP/JSON judged, and removes those that do not stay. The
// metric was read before, so its text is known to be whole.

import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  enterContainer,
  ListCutter,
  nextInContainer,
  OPEN_ARRAY,
  OPEN_OBJECT,
  releaseScratch,
  Scratch,
  skipValue,
} from "../../../../core/json/index.ts";
import type { Rewriter } from "../../../../core/rewriter.ts";
import { Scope } from "../../../../policy/fields.ts";
import type { PointEvaluation } from "../../../../policy/points/point-evaluation.ts";
import type { Evaluation, FieldTable } from "../../../../policy/record-port.ts";
import type { BrokenRecords } from "./broken-records.ts";
import { DATA_POINT_KEYS, Member, METRIC_DATA_KEYS, METRIC_KEYS } from "./names.ts";
import { ObjectPlan } from "./object-plan.ts";
import type { ValueReader } from "./value-reader.ts";

export class PointCutter {
  /** Whether any point of the metric that was judged last could not be read. */
  isUnreadable = false;
  private readonly cutter: ListCutter;
  private readonly plan = new ObjectPlan(DATA_POINT_KEYS);
  private readonly scratch = new Scratch();
  private readonly reader: ValueReader;
  private readonly broken: BrokenRecords;

  constructor(fields: FieldTable, rewriter: Rewriter, reader: ValueReader, broken: BrokenRecords) {
    this.cutter = new ListCutter(rewriter);
    this.plan.attributes(fields.paths.root(Scope.point));
    this.reader = reader;
    this.broken = broken;
  }

  /** Judges the points of the metric at `at`, whose values were put. */
  cut(evaluation: Evaluation, points: PointEvaluation, bytes: Uint8Array, at: number): void {
    const { members } = this.reader;
    this.isUnreadable = false;
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const id = members.idOf(bytes, at, METRIC_KEYS);
      at = members.valueAt;
      const isData = id >= Member.gauge && id <= Member.summary && bytes[at] === OPEN_OBJECT;
      at = isData ? this.cutData(evaluation, points, bytes, at) : skipValue(bytes, at, 0);
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
  }

  /** Keeps no bytes of the request. */
  release(): void {
    releaseScratch(this.scratch);
  }

  private cutData(
    evaluation: Evaluation,
    points: PointEvaluation,
    bytes: Uint8Array,
    at: number,
  ): number {
    const { members } = this.reader;
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const id = members.idOf(bytes, at, METRIC_DATA_KEYS);
      at = members.valueAt;
      const isList = id === Member.dataPoints && bytes[at] === OPEN_ARRAY;
      at = isList ? this.cutList(evaluation, points, bytes, at) : skipValue(bytes, at, 0);
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    return ~at;
  }

  private cutList(
    evaluation: Evaluation,
    points: PointEvaluation,
    bytes: Uint8Array,
    at: number,
  ): number {
    const { cutter } = this;
    cutter.begin();
    at = enterContainer(bytes, at);
    while (at >= 0) {
      cutter.enter(at);
      const end = this.readPoint(evaluation, points, bytes, at);
      const behind = end < 0 ? skipValue(bytes, at, 0) : end;
      // What cannot be judged stays.
      if (end < 0) this.isUnreadable = true;
      if (end < 0 || points.keeps(end - at)) cutter.keep(behind);
      else cutter.drop(behind);
      at = nextInContainer(bytes, behind, CLOSE_ARRAY);
    }
    return ~at;
  }

  /** Puts the values of a point; returns the offset behind it, or -1: it cannot be read. */
  private readPoint(
    evaluation: Evaluation,
    points: PointEvaluation,
    bytes: Uint8Array,
    at: number,
  ): number {
    const { reader, scratch, plan } = this;
    if (bytes[at] !== OPEN_OBJECT) return -1;
    points.begin();
    if (!plan.wanted) return skipValue(bytes, at, 0);
    scratch.reset();
    const end = this.broken.read(reader, bytes, plan, at, 0);
    if (end >= 0) reader.report(evaluation.values, scratch);
    const isOdd = end < 0 || reader.odd;
    if (isOdd) reader.pending.clear();
    reader.odd = false;
    return isOdd ? -1 : end;
  }
}
