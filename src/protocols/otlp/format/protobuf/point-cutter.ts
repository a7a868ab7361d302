// Has each data point of a Metric in protobuf judged, and removes those that do not stay. The
// lengths of the messages around them are rewritten.

import { closeMessage, FieldCursor } from "../../../../core/protobuf/index.ts";
import type { Rewriter } from "../../../../core/rewriter.ts";
import { Scope } from "../../../../policy/fields.ts";
import type { PointEvaluation } from "../../../../policy/points/point-evaluation.ts";
import type { Evaluation } from "../../../../policy/record-port.ts";
import { AttributeReader } from "./attribute-reader.ts";
import { attributesTagOf, metricTypeOf } from "./metric-reader.ts";
import { PointsTag } from "./tags.ts";

export class PointCutter {
  private readonly evaluation: Evaluation;
  private readonly rewriter: Rewriter;
  private readonly attributes: AttributeReader;
  /** Below which their keys are looked up; -1: nobody asks. */
  private readonly node: number;
  private readonly data = new FieldCursor();
  private readonly points = new FieldCursor();
  private readonly point = new FieldCursor();
  private isReadable = true;

  constructor(evaluation: Evaluation, rewriter: Rewriter) {
    this.evaluation = evaluation;
    this.rewriter = rewriter;
    this.attributes = new AttributeReader(evaluation);
    this.node = evaluation.fields.paths.root(Scope.point);
  }

  /** Judges the points of the Metric at hand, whose values were put; false: not all can be read. */
  cut(bytes: Uint8Array, { start, stop }: FieldCursor): boolean {
    const { data, rewriter } = this;
    const { points } = this.evaluation;
    this.isReadable = true;
    if (points === undefined || !points.open()) return true;
    data.open(bytes, start, stop);
    while (data.next()) {
      if (metricTypeOf(data.tag) === 0) continue;
      const position = rewriter.positionOf(data.lengthAt);
      this.cutData(points, bytes);
      closeMessage(rewriter, data.lengthAt, data.start, data.stop, position);
    }
    return this.isReadable;
  }

  /** Behind a Metric that has lost points, whose field begins at `position` of the output. */
  close({ fieldAt, lengthAt, start, stop }: FieldCursor, position: number): void {
    closeMessage(this.rewriter, lengthAt, start, stop, position + lengthAt - fieldAt);
  }

  private cutData(judging: PointEvaluation, bytes: Uint8Array): void {
    const { data, points, rewriter } = this;
    const attributesTag = attributesTagOf(data.tag);
    points.open(bytes, data.start, data.stop);
    while (points.next()) {
      if (points.tag !== PointsTag.points) continue;
      const { fieldAt, start, stop } = points;
      judging.begin();
      // What cannot be judged stays.
      if (!this.readPoint(bytes, start, stop, attributesTag)) this.isReadable = false;
      else if (!judging.keeps(stop - start)) {
        rewriter.cut(fieldAt, stop, rewriter.positionOf(fieldAt));
      }
    }
  }

  private readPoint(
    bytes: Uint8Array,
    start: number,
    stop: number,
    attributesTag: number,
  ): boolean {
    const { attributes, node, point } = this;
    if (node < 0) return true;
    attributes.begin();
    point.open(bytes, start, stop);
    while (point.next()) {
      if (point.tag !== attributesTag) continue;
      if (!attributes.readEntry(bytes, point.start, point.stop, node, 0)) return false;
    }
    return point.fault < 0;
  }
}
