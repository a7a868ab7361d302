// OTLP export requests in protobuf: finds resources, scopes and records by offset, lets an
// evaluation judge the records, and cuts and patches the input. Nothing is decoded into objects;
// what no policy changed comes out as it came in. Malformed outside of records: the body as a whole
// is undecodable.

import {
  bytesField,
  closeMessage,
  FieldCursor,
  joinPayloads,
  VARINT_BYTES_MAX,
  writeVarint,
} from "../../../../core/protobuf/index.ts";
import { BodyWalk, walkingFormat } from "../../../../policy/body-walk.ts";
import { Level } from "../../../../policy/fields.ts";
import type { Signal } from "../../../../policy/model.ts";
import {
  type Evaluation,
  type FilterOptions,
  type FilterOutcome,
  type RecordFormat,
  Verdict,
} from "../../../../policy/record-port.ts";
import { type EditLayout, RECORD_LAYOUTS, RESOURCE_LAYOUT, SCOPE_LAYOUT } from "./edit-layout.ts";
import { ProtobufRecordEditor } from "./editor.ts";
import { LogReader } from "./log-reader.ts";
import { MetricReader } from "./metric-reader.ts";
import { OwnerFields } from "./owner-fields.ts";
import { OwnerReader } from "./owner-reader.ts";
import { PointCutter } from "./point-cutter.ts";
import { FrameReader } from "./record-frame.ts";
import type { RecordReader } from "./record-reader.ts";
import { SpanReader } from "./span-reader.ts";
import { ContainerTag, RequestTag } from "./tags.ts";

const READERS = { log: LogReader, metric: MetricReader, trace: SpanReader } as const;

/**
 * The format of a signal's export request: ExportLogsServiceRequest, ExportMetricsServiceRequest or
 * ExportTraceServiceRequest of opentelemetry-proto. It keeps nothing from one body to the next.
 * Throws UndecodableError for what is no such message.
 *
 * @example
 * const { body: left, records } = otlpProtobufFormat("trace").filter(body, evaluation);
 * console.log(records, left ?? body);
 */
export function otlpProtobufFormat(signal: Signal): RecordFormat {
  const open = (body: Uint8Array, evaluation: Evaluation, options?: FilterOptions): Pass => {
    if (evaluation.fields.signal !== signal) {
      throw new TypeError(`a program for ${evaluation.fields.signal}s cannot filter ${signal}s`);
    }
    return new Pass(signal, body, evaluation, options?.alwaysRewrite === true);
  };
  return walkingFormat(open);
}

/** What a pause was made in. */
const Paused = { nowhere: 0, resources: 1, scopes: 2, records: 3 } as const;

/** Whether this is the field of that tag, with another wire type. */
function isMistyped(tag: number, expected: number): boolean {
  return tag !== expected && tag >>> 3 === expected >>> 3;
}

/**
 * One body and one evaluation. Containers are walked twice: their own fields may come after their
 * children.
 */
class Pass extends BodyWalk {
  private readonly body: Uint8Array;
  private readonly evaluation: Evaluation;
  private readonly reader: RecordReader;
  /** The reader of metrics; undefined: the body has others. */
  private readonly metrics: MetricReader | undefined;
  private readonly owner: OwnerReader;
  private readonly recordLayout: EditLayout;
  private readonly length = new Uint8Array(VARINT_BYTES_MAX);
  private readonly ofResource = new OwnerFields();
  private readonly ofScope = new OwnerFields();
  private readonly resources = new FieldCursor();
  private readonly scopes = new FieldCursor();
  private readonly records = new FieldCursor();
  private readonly fields = new FieldCursor();
  private readonly frames = new FrameReader();
  private readonly asksResource: boolean;
  private readonly asksScope: boolean;
  private editor: ProtobufRecordEditor | undefined;
  /** Undefined: no policy judges data points. */
  private readonly pointCutter: PointCutter | undefined;
  /** Whether the container that was read last has fields that are not known here. */
  private hasUnknown = false;
  /** Whether containers that came in empty go, too. */
  private readonly cutsEmpty: boolean;
  private paused: (typeof Paused)[keyof typeof Paused] = Paused.nowhere;
  // Of the resource and the scope at hand: where it begins in the output, and what is left in it.
  private resourceAt = 0;
  private scopesKept = 0;
  private resourceHasUnknown = false;
  private resourceEmptied = false;
  private scopeAt = 0;
  private recordsKept = 0;
  private scopeHasUnknown = false;
  private droppedBefore = 0;
  private changed = false;
  private found = 0;
  private points = 0;
  private dropped = 0;
  private unreadable = 0;
  private edited = 0;

  constructor(signal: Signal, body: Uint8Array, evaluation: Evaluation, alwaysRewrite: boolean) {
    super();
    this.cutsEmpty = alwaysRewrite;
    this.body = body;
    this.rewriter.open(body);
    this.evaluation = evaluation;
    this.reader = new READERS[signal](evaluation);
    this.metrics = this.reader instanceof MetricReader ? this.reader : undefined;
    this.owner = new OwnerReader(evaluation);
    this.pointCutter = evaluation.points && new PointCutter(evaluation, this.rewriter);
    this.recordLayout = RECORD_LAYOUTS[signal];
    this.asksResource = evaluation.fields.asks(Level.resource);
    this.asksScope = evaluation.fields.asks(Level.scope);
    this.resources.open(body, 0, body.length);
  }

  override walk(): boolean {
    const { paused, resources } = this;
    this.paused = Paused.nowhere;
    if (paused > Paused.resources && !this.walkScopes(paused)) return false;
    while (resources.next()) {
      if (resources.tag === RequestTag.resources) {
        this.enterResource();
        if (!this.walkScopes(Paused.nowhere)) return false;
      } else if (isMistyped(resources.tag, RequestTag.resources)) this.countUnreadable();
      if (this.pausesIn(Paused.resources, resources.stop)) return false;
    }
    resources.check();
    return true;
  }

  private pausesIn(what: 1 | 2 | 3, at: number): boolean {
    if (!this.isPauseDue(at)) return false;
    this.paused = what;
    return true;
  }

  /** It keeps nothing beyond the body that it was made for. */
  override release(): void {
    this.rewriter.release();
    this.editor?.release();
  }

  protected override get isRewritten(): boolean {
    return this.changed || this.cutsEmpty;
  }

  override outcome(): FilterOutcome {
    const counts = {
      records: this.found,
      dropped: this.dropped,
      unreadable: this.unreadable,
      edited: this.edited,
      ...(this.metrics === undefined ? {} : { points: this.points }),
    };
    if (!this.isRewritten) return counts;
    const outcome = { ...counts, body: this.rewriter.finish() };
    const allDropped = this.found > 0 && this.dropped === this.found;
    const remains = allDropped && outcome.body.length > 0;
    return remains ? { ...outcome, remains } : outcome;
  }

  private countUnreadable(): void {
    this.found++;
    this.unreadable++;
  }

  private enterResource(): void {
    const { body, rewriter } = this;
    const { fieldAt, start, stop } = this.resources;
    this.evaluation.beginResource(fieldAt);
    this.frames.enterResource();
    this.readOwn(start, stop, Level.resource);
    this.resourceHasUnknown = this.hasUnknown;
    this.resourceAt = rewriter.positionOf(fieldAt);
    this.ofResource.forget();
    this.scopesKept = 0;
    this.resourceEmptied = this.cutsEmpty;
    this.scopes.open(body, start, stop);
  }

  /** Walks the fields of the resource at hand, or goes on; false at a pause. */
  private walkScopes(paused: number): boolean {
    const { rewriter, scopes, ofResource } = this;
    if (paused === Paused.records && !this.walkScope()) return false;
    while (scopes.next()) {
      if (scopes.tag === ContainerTag.owner) {
        ofResource.note(scopes, rewriter.positionOf(scopes.fieldAt));
      } else if (scopes.tag !== ContainerTag.children) this.countUnjudged(scopes.tag, true);
      else {
        this.enterScope();
        if (!this.walkScope()) return false;
      }
      if (this.pausesIn(Paused.scopes, scopes.stop)) return false;
    }
    this.leaveResource();
    return true;
  }

  private leaveResource(): void {
    const { evaluation, ofResource, resourceAt: position, rewriter } = this;
    const { fieldAt, lengthAt, start, stop } = this.resources;
    const edited = evaluation.endResource() && this.editOwner(this.resources, position, ofResource);
    if (this.scopesKept > 0 || this.resourceHasUnknown || !this.resourceEmptied) {
      closeMessage(rewriter, lengthAt, start, stop, position + lengthAt - fieldAt);
      if (edited) this.changed = true;
    } else rewriter.cut(fieldAt, stop, position);
  }

  /** Counts a field of a container that holds records where, or as what, they are not judged. */
  private countUnjudged(tag: number, isResource: boolean): void {
    const isOld = isResource && tag === ContainerTag.libraries;
    if (isOld || isMistyped(tag, ContainerTag.children)) this.countUnreadable();
  }

  private enterScope(): void {
    const { body, rewriter } = this;
    const { fieldAt, start, stop } = this.scopes;
    this.evaluation.beginScope();
    this.frames.enterScope();
    this.readOwn(start, stop, Level.scope);
    this.scopeHasUnknown = this.hasUnknown;
    this.scopeAt = rewriter.positionOf(fieldAt);
    this.ofScope.forget();
    this.droppedBefore = this.dropped;
    this.recordsKept = 0;
    this.records.open(body, start, stop);
  }

  /** Walks the scope at hand, or goes on; false at a pause. */
  private walkScope(): boolean {
    if (!this.walkRecords()) return false;
    if (this.leaveScope()) this.scopesKept++;
    else this.resourceEmptied = true;
    return true;
  }

  /** Whether anything is left in the scope. */
  private leaveScope(): boolean {
    const { evaluation, ofScope, rewriter, scopeAt: position } = this;
    const { fieldAt, lengthAt, start, stop } = this.scopes;
    const emptied = this.cutsEmpty || this.dropped > this.droppedBefore;
    const edited = evaluation.endScope() && this.editOwner(this.scopes, position, ofScope);
    if (this.recordsKept > 0 || this.scopeHasUnknown || !emptied) {
      closeMessage(rewriter, lengthAt, start, stop, position + lengthAt - fieldAt);
      if (edited) this.changed = true;
      return true;
    }
    rewriter.cut(fieldAt, stop, position);
    return false;
  }

  /** Reads a container's own fields, and checks that all of its fields are well-formed. */
  private readOwn(start: number, stop: number, level: 1 | 2): void {
    const { body, fields, frames, owner } = this;
    const isResource = level === Level.resource;
    const asks = isResource ? this.asksResource : this.asksScope;
    let urlAt = 0;
    let urlEnd = 0;
    this.hasUnknown = false;
    owner.begin();
    fields.open(body, start, stop);
    while (fields.next()) {
      owner.takeField(fields);
      frames.note(fields);
      switch (fields.tag) {
        case ContainerTag.children:
          break;
        case ContainerTag.owner:
          owner.takePart(fields);
          if (!asks) break;
          if (isResource) owner.readResource(body, fields.start, fields.stop);
          else owner.readScope(body, fields.start, fields.stop);
          break;
        case ContainerTag.schemaUrl:
          urlAt = fields.start;
          urlEnd = fields.stop;
          break;
        default:
          this.hasUnknown = true;
      }
    }
    fields.check();
    if (isResource) owner.endResource(body, urlAt, urlEnd);
    else owner.endScope(body, urlAt, urlEnd);
  }

  /** Walks the records of the scope at hand, or goes on; false at a pause. */
  private walkRecords(): boolean {
    const { records } = this;
    while (records.next()) {
      if (records.tag === ContainerTag.children) this.walkRecord();
      else if (records.tag === ContainerTag.owner) {
        this.ofScope.note(records, this.rewriter.positionOf(records.fieldAt));
      } else this.countUnjudged(records.tag, false);
      if (this.pausesIn(Paused.records, records.stop)) return false;
    }
    return true;
  }

  private walkRecord(): void {
    const { body, evaluation, records, rewriter } = this;
    this.found++;
    evaluation.beginRecord();
    if (!this.reader.read(body, records.start, records.stop)) {
      // Fail open: what cannot be read is passed on.
      this.unreadable++;
      this.recordsKept++;
      return;
    }
    if (this.metrics !== undefined) this.points += this.metrics.pointCount;
    const position = rewriter.positionOf(records.fieldAt);
    if (this.pointCutter !== undefined && !this.pointCutter.cut(body, records)) this.unreadable++;
    const verdict = evaluation.decide(records.stop - records.start);
    if (evaluation.offering) {
      const frame = this.frames.read(body);
      evaluation.offer(body, records.start, records.stop, "otlp_protobuf", frame);
    }
    if (verdict === Verdict.drop) {
      rewriter.cut(records.fieldAt, records.stop, position);
      this.dropped++;
      this.changed = true;
      return;
    }
    this.recordsKept++;
    if (verdict === Verdict.edit) this.edit();
    else if (verdict === Verdict.prune) {
      this.pointCutter?.close(records, position);
      this.edited++;
      this.changed = true;
    }
  }

  private edit(): void {
    const { body, evaluation } = this;
    const { start, stop } = this.records;
    this.editRecord(evaluation, this.openEditor(this.recordLayout, body, start, stop));
  }

  protected override leaveEdited(): void {
    const { editor, length, rewriter } = this;
    const { lengthAt, start, stop } = this.records;
    if (editor?.changed !== true) return;
    const width = writeVarint(length, 0, editor.length);
    rewriter.replace(lengthAt, start, length, 0, width);
    editor.writeTo(rewriter, start, stop);
    this.edited++;
    this.changed = true;
  }

  /**
   * Edits the Resource or InstrumentationScope of the container; parts of it become one, a missing
   * one is made. Returns whether it has changed.
   */
  private editOwner(container: FieldCursor, position: number, parts: OwnerFields): boolean {
    const { body, evaluation, rewriter } = this;
    const { fieldAt, start, stop } = container;
    const isResource = container === this.resources;
    const joined = joinPayloads(body, start, stop, ContainerTag.owner);
    const layout = isResource ? RESOURCE_LAYOUT : SCOPE_LAYOUT;
    if (joined === undefined) return false;
    const editor = this.openEditor(layout, joined, 0, joined.length);
    if (isResource) evaluation.editResource(editor);
    else evaluation.editScope(editor);
    if (!editor.changed) return false;
    const field = bytesField(ContainerTag.owner, editor.bytes.subarray(editor.start, editor.end));
    const { positions, sizes, tagSize } = parts;
    const [first, firstSize = 0] = [positions[0], sizes[0]];
    rewriter.copyTo(stop);
    rewriter.cutAllButFirst(positions, sizes);
    if (first === undefined) {
      rewriter.splice(position + start - fieldAt, 0, field, 0, field.length);
    } else rewriter.splice(first + tagSize, firstSize - tagSize, field, 1, field.length);
    return true;
  }

  private openEditor(
    layout: EditLayout,
    bytes: Uint8Array,
    start: number,
    stop: number,
  ): ProtobufRecordEditor {
    this.editor ??= new ProtobufRecordEditor(layout);
    this.editor.open(layout, bytes, start, stop);
    return this.editor;
  }
}
