// Protobuf bodies of Datadog series requests: `datadog.agentpayload.MetricPayload`, as the Agent
// sends it. A series is either dropped whole or leaves as the bytes that came in; unknown fields
// are kept. Source: DataDog/agent-payload, proto/metrics/agent_payload.proto.

import { POINTS_COUNTED_MAX, RECORD_FIELDS_MAX, TAGS_BYTES_MAX } from "../../../../core/limits.ts";
import { FieldCursor, tagOf, WireType } from "../../../../core/protobuf/index.ts";
import { BodyWalk, keptWalkFormat, KeptWalks } from "../../../../policy/body-walk.ts";
import {
  type Evaluation,
  type FieldTable,
  type FilterOutcome,
  type RecordFormat,
  Verdict,
} from "../../../../policy/record-port.ts";
import { SeriesValues } from "./series-values.ts";

const NOTHING = new Uint8Array(0);
const { varint, bytes: text } = WireType;
const PayloadTag = { series: tagOf(1, text) } as const;
const SeriesTag = {
  resources: tagOf(1, text),
  metric: tagOf(2, text),
  tags: tagOf(3, text),
  points: tagOf(4, text),
  type: tagOf(5, varint),
  unit: tagOf(6, text),
  sourceTypeName: tagOf(7, text),
  interval: tagOf(8, varint),
} as const;
const ResourceTag = { type: tagOf(1, text), name: tagOf(2, text) } as const;
/** Fields that are attributes under their JSON names. */
const MEMBERS = ["metric", "unit", "source_type_name", "type", "interval"];

/**
 * Datadog series in protobuf, MetricPayload. Not re-entrant; one may serve any number of requests.
 *
 * @example
 * const { dropped } = datadogSeriesProtobufFormat().filter(body, evaluation);
 * console.log(dropped);
 */
export function datadogSeriesProtobufFormat(): RecordFormat {
  const walks = new KeptWalks((fields) => new PayloadWalk(fields));
  return keptWalkFormat(walks, {
    signal: "metric",
    records: "series",
    isJson: false,
    open: (walk, body, alwaysRewrite) => walk.open(body, alwaysRewrite),
  });
}

class PayloadWalk extends BodyWalk {
  readonly fields: FieldTable;
  private readonly payload = new FieldCursor();
  private readonly reader: SeriesProtobufReader;
  private body: Uint8Array = NOTHING;
  private alwaysRewrite = false;
  private records = 0;
  private points = 0;
  private dropped = 0;
  private unreadable = 0;

  constructor(fields: FieldTable) {
    super();
    this.fields = fields;
    this.reader = new SeriesProtobufReader(fields);
  }

  open(body: Uint8Array, alwaysRewrite: boolean): void {
    this.body = body;
    this.alwaysRewrite = alwaysRewrite;
    this.rewriter.open(body);
    this.records = this.points = this.dropped = this.unreadable = 0;
    this.payload.open(body, 0, body.length);
  }

  protected override walk(evaluation: Evaluation): boolean {
    const { body, payload, reader, rewriter } = this;
    while (payload.next()) {
      const { start, stop } = payload;
      if (payload.tag === PayloadTag.series) {
        this.records++;
        // Fail open: what cannot be read is passed on.
        if (!reader.read(body, start, stop)) this.unreadable++;
        else {
          this.points += Math.min(reader.pointCount, POINTS_COUNTED_MAX);
          if (!judge(evaluation, reader, body, start, stop)) {
            this.dropped++;
            rewriter.cut(payload.fieldAt, stop, rewriter.positionOf(payload.fieldAt));
          }
        }
      }
      if (this.isPauseDue(stop)) return false;
    }
    payload.check();
    return true;
  }

  protected override get isRewritten(): boolean {
    return this.alwaysRewrite || this.dropped > 0;
  }

  override outcome(): FilterOutcome {
    const { records, points, dropped, unreadable } = this;
    const counts = { records, points, dropped, unreadable, edited: 0 };
    if (!this.isRewritten) return counts;
    return { ...counts, body: this.rewriter.finish() };
  }

  override release(): void {
    this.body = NOTHING;
    this.rewriter.release();
    this.reader.release();
    this.payload.open(NOTHING, 0, 0);
  }
}

/** Judges the series that was read last; whether it stays. Nothing in a metric can be edited. */
function judge(
  evaluation: Evaluation,
  reader: SeriesProtobufReader,
  body: Uint8Array,
  start: number,
  stop: number,
): boolean {
  reader.report(evaluation, start);
  const verdict = evaluation.decide(stop - start);
  if (evaluation.offering) evaluation.offer(body, start, stop, "datadog_protobuf");
  evaluation.endScope();
  evaluation.endResource();
  return verdict !== Verdict.drop;
}

class SeriesProtobufReader {
  /** Points of the series that was read last. */
  pointCount = 0;
  private readonly values: SeriesValues;
  private readonly cursor = new FieldCursor();
  private readonly resource = new FieldCursor();
  private bytes: Uint8Array = NOTHING;
  private start = 0;
  private end = 0;

  constructor(fields: FieldTable) {
    this.values = new SeriesValues(fields, MEMBERS);
  }

  /** Reads the series bytes[start, end); false: it is malformed, or it is too large. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    const { cursor, values } = this;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    values.begin();
    this.pointCount = 0;
    let fieldsLeft = RECORD_FIELDS_MAX;
    let tagBytesLeft = TAGS_BYTES_MAX;
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      const { tag } = cursor;
      if (tag === SeriesTag.tags || tag === SeriesTag.resources) {
        tagBytesLeft -= cursor.stop - cursor.fieldAt;
      }
      if (--fieldsLeft < 0 || tagBytesLeft < 0) return false;
      if (tag === SeriesTag.points) this.pointCount++;
      else if (tag === SeriesTag.metric) values.name.set(bytes, cursor.start, cursor.stop);
      else if (tag === SeriesTag.unit) values.unit.set(bytes, cursor.start, cursor.stop);
      else if (tag === SeriesTag.type) values.type = cursor.hi === 0 ? cursor.lo : 0;
    }
    if (cursor.fault >= 0) return false;
    return !values.missing || this.readAttributes();
  }

  report(evaluation: Evaluation, at: number): void {
    this.values.report(evaluation, at);
  }

  /** Keeps no bytes of the request. */
  release(): void {
    this.bytes = NOTHING;
    this.cursor.open(NOTHING, 0, 0);
    this.resource.open(NOTHING, 0, 0);
    this.values.release();
  }

  private readAttributes(): boolean {
    const { values } = this;
    if (!this.addResources(false)) return false;
    if (values.nextPart()) this.addResources(true);
    values.nextPart();
    this.addTags(false);
    if (values.nextPart()) this.addTags(true);
    values.nextPart();
    this.addMembers();
    return true;
  }

  private addResources(asAlias: boolean): boolean {
    const { bytes, cursor, resource, values } = this;
    cursor.open(bytes, this.start, this.end);
    while (cursor.next()) {
      if (cursor.tag !== SeriesTag.resources) continue;
      let node = -1;
      let nameStart = -1;
      let nameEnd = -1;
      resource.open(bytes, cursor.start, cursor.stop);
      while (resource.next()) {
        const { start, stop, tag } = resource;
        if (tag === ResourceTag.type) node = values.asked.names.findKey(-1, bytes, start, stop);
        else if (tag === ResourceTag.name) {
          nameStart = start;
          nameEnd = stop;
        }
      }
      if (resource.fault >= 0) return false;
      if (nameStart >= 0) values.addText(node, bytes, nameStart, nameEnd, asAlias);
    }
    return true;
  }

  private addTags(asAlias: boolean): void {
    const { bytes, cursor, values } = this;
    cursor.open(bytes, this.start, this.end);
    while (cursor.next()) {
      if (cursor.tag === SeriesTag.tags) {
        values.addTag(bytes, cursor.start, cursor.stop, asAlias);
      }
    }
  }

  /** Adds the fields that have one value; zero and the empty text count as absent. */
  private addMembers(): void {
    const { bytes, cursor, values } = this;
    const [metric = -1, unit = -1, sourceTypeName = -1, type = -1, interval = -1] =
      values.asked.members;
    cursor.open(bytes, this.start, this.end);
    while (cursor.next()) {
      const { hi, lo, start, stop, tag } = cursor;
      if (tag === SeriesTag.metric) this.addMember(metric, start, stop);
      else if (tag === SeriesTag.unit) this.addMember(unit, start, stop);
      else if (tag === SeriesTag.sourceTypeName) this.addMember(sourceTypeName, start, stop);
      else if (tag === SeriesTag.type && lo !== 0) values.addInteger(type, hi, lo);
      else if (tag === SeriesTag.interval && (lo | hi) !== 0) values.addInteger(interval, hi, lo);
    }
  }

  private addMember(node: number, start: number, stop: number): void {
    if (start < stop) this.values.addText(node, this.bytes, start, stop, false);
  }
}
