// OTLP/JSON requests of one signal: finds resources, scopes and records, has the records judged,
// and cuts and patches the text. Everything that was neither dropped nor edited leaves as the bytes
// that came in.

import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  enterContainer,
  expectEnd,
  failAt,
  nextElement,
  nextInContainer,
  OPEN_ARRAY,
  OPEN_OBJECT,
  releaseScratch,
  Scratch,
  skipBom,
  skipSpace,
  skipValue,
} from "../../core/json/index.ts";
import { Level } from "../../policy/fields.ts";
import type { Signal } from "../../policy/model.ts";
import {
  type Evaluation,
  type FilterOutcome,
  type FieldTable,
  type RecordFormat,
  Verdict,
} from "../../policy/record-port.ts";
import { Rewriter } from "../rewriter.ts";
import { JsonRecordEditor } from "./editor.ts";
import { ContainerState, type OwnerRange } from "./container-state.ts";
import { ListCutter } from "./list-cutter.ts";
import { BrokenRecords } from "./broken-records.ts";
import { behindList, saysSomething } from "./list-ends.ts";
import { Container } from "./names.ts";
import { type ObjectPlan, planSignal } from "./object-plan.ts";
import { ValueReader } from "./value-reader.ts";

const NOTHING = new Uint8Array(0);
const LETTER_N = 0x6e;
/** Containers open around the value of a member of the request. */
const ROOT_DEPTH = 1;

/**
 * OTLP/JSON of one signal. Not re-entrant; one may serve any number of requests, one after the
 * other. Throws UndecodableError for what JSON.parse rejects and for what is no object.
 *
 * The resource, the scope and the schema URLs may follow their records in the text: they are looked
 * up ahead when a policy asks for them. One that is repeated behind the records is not looked at.
 * When an array of containers or records is repeated in one object, all of its occurrences are
 * filtered. Of other repeated members the last counts, as with JSON.parse.
 */
export function otlpJsonFormat(signal: Signal): RecordFormat {
  let filter: RequestFilter | undefined;
  return {
    filter(body, evaluation, options) {
      if (evaluation.fields.signal !== signal) {
        throw new TypeError(`a program for ${evaluation.fields.signal}s cannot filter ${signal}s`);
      }
      if (filter?.fields !== evaluation.fields) filter = new RequestFilter(evaluation.fields);
      return filter.run(body, evaluation, options?.alwaysRewrite ?? false);
    },
  };
}

class RequestFilter {
  readonly fields: FieldTable;
  private readonly reader: ValueReader;
  private readonly rewriter = new Rewriter();
  private readonly rootPlan: ObjectPlan;
  private readonly recordPlan: ObjectPlan;
  private readonly scope: ContainerState;
  private readonly resource: ContainerState;
  private readonly recordCutter = new ListCutter(this.rewriter);
  private readonly recordScratch = new Scratch();
  private readonly editor: JsonRecordEditor;

  private bytes: Uint8Array = NOTHING;
  private records = 0;
  private dropped = 0;
  private unreadable = 0;
  private readonly broken = new BrokenRecords();
  private edited = 0;
  private containersEdited = 0;
  /** Whether anything but the frame of the request is left. */
  private remains = false;
  /** Whether containers that came in empty go, too. */
  private cutsEmpty = false;

  constructor(fields: FieldTable) {
    this.fields = fields;
    const plans = planSignal(fields);
    this.rootPlan = plans.root;
    this.recordPlan = plans.record;
    this.scope = new ContainerState(plans.scope, this.rewriter);
    this.resource = new ContainerState(plans.resource, this.rewriter);
    this.reader = new ValueReader(fields.paths);
    this.editor = new JsonRecordEditor(fields.signal);
  }

  run(body: Uint8Array, evaluation: Evaluation, alwaysRewrite: boolean): FilterOutcome {
    this.bytes = body;
    this.reader.open(body);
    this.cutsEmpty = alwaysRewrite;
    this.records = this.dropped = this.unreadable = this.edited = this.containersEdited = 0;
    this.remains = false;
    this.broken.begin();
    this.rewriter.open(body);
    let done = false;
    evaluation.begin();
    try {
      const end = this.walkRoot(evaluation, skipSpace(body, skipBom(body)));
      expectEnd(body, end);
      if (this.unreadable === this.records) this.broken.throwAny();
      const { records, dropped, unreadable, edited } = this;
      const changed = dropped + edited + this.containersEdited > 0;
      const output = changed || alwaysRewrite ? this.rewriter.finish() : undefined;
      done = true;
      const counts = { records, dropped, unreadable, edited, settlement: evaluation.commit() };
      if (output === undefined) return counts;
      const outcome = { ...counts, body: output };
      const remains = this.remains && records > 0 && dropped === records;
      return remains ? { ...outcome, remains } : outcome;
    } finally {
      if (!done) evaluation.abort();
      this.release();
    }
  }

  /** Keeps no bytes of the request, and no large buffers. */
  private release(): void {
    this.bytes = NOTHING;
    this.reader.release();
    this.rewriter.release();
    releaseScratch(this.recordScratch);
    releaseScratch(this.scope.scratch);
    releaseScratch(this.resource.scratch);
    this.editor.close();
  }

  private walkRoot(evaluation: Evaluation, at: number): number {
    const { bytes } = this;
    const { members } = this.reader;
    if (bytes[at] !== OPEN_OBJECT) failAt(bytes, at, "an object");
    const cutter = new ListCutter(this.rewriter);
    at = enterContainer(bytes, at);
    while (at >= 0) {
      cutter.enter(at);
      const id = members.idOf(bytes, at, this.rootPlan.keys);
      at = members.valueAt;
      if (id === Container.children && bytes[at] === OPEN_ARRAY) {
        at = this.walkContainers(evaluation, at, this.resource, ROOT_DEPTH);
        const { keptAny } = this.resource.cutter;
        if (keptAny) this.remains = true;
        if (keptAny || !this.isEmptied(this.resource.cutter)) cutter.keep(at);
        else cutter.drop(at);
      } else {
        if (this.isUnjudged(id, at)) {
          this.remains = true;
          this.countUnreadable();
        } else if (saysSomething(bytes, at)) this.remains = true;
        at = skipValue(bytes, at, ROOT_DEPTH);
        cutter.keep(at);
      }
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    return ~at;
  }

  /** Whether nothing of the list is left because of policies. */
  private isEmptied(cutter: ListCutter): boolean {
    return !cutter.keptAny && (cutter.droppedAny || this.cutsEmpty);
  }

  /** Whether a member around records, no array of the next level, holds what is not judged. */
  private isUnjudged(id: number, at: number): boolean {
    if (id === Container.misplaced) return saysSomething(this.bytes, at);
    return id === Container.children && this.bytes[at] !== LETTER_N;
  }

  private countUnreadable(): void {
    this.records++;
    this.unreadable++;
  }

  /**
   * Walks the array of resource or scope containers at `at`; `state.cutter` knows whether one is
   * left.
   */
  private walkContainers(
    evaluation: Evaluation,
    at: number,
    state: ContainerState,
    depth: number,
  ): number {
    const { bytes } = this;
    const { cutter } = state;
    cutter.begin();
    at = enterContainer(bytes, at);
    while (at >= 0) {
      cutter.enter(at);
      if (bytes[at] === OPEN_OBJECT) {
        const { containersEdited } = this;
        at = this.walkContainer(evaluation, at, state, depth + 2);
        if (at >= 0) cutter.keep(at);
        else {
          // It goes as a whole, and with it all that was done inside.
          this.containersEdited = containersEdited;
          at = ~at;
          cutter.drop(at);
        }
      } else {
        this.countUnreadable();
        at = skipValue(bytes, at, depth + 1);
        cutter.keep(at);
      }
      at = nextInContainer(bytes, at, CLOSE_ARRAY);
    }
    return ~at;
  }

  /** Walks one container; returns the offset behind it, complemented when nothing is left in it. */
  private walkContainer(
    evaluation: Evaluation,
    start: number,
    state: ContainerState,
    depth: number,
  ): number {
    const { bytes } = this;
    const { members } = this.reader;
    const { plan } = state;
    const isResource = state === this.resource;
    if (isResource) evaluation.beginResource();
    else evaluation.beginScope();
    state.begin(this.rewriter.positionOf(start));
    let left = false;
    let emptied = this.cutsEmpty;
    const cutter = isResource ? this.scope.cutter : this.recordCutter;
    let at = enterContainer(bytes, start);
    while (at >= 0) {
      const id = members.idOf(bytes, at, plan.keys);
      at = members.valueAt;
      const isList = id === Container.children && bytes[at] === OPEN_ARRAY;
      if (isList && !state.reported) this.reportContainer(evaluation, at, state, depth);
      if (isList && !state.odd) {
        if (isResource) at = this.walkContainers(evaluation, at, this.scope, depth);
        else at = this.walkRecords(evaluation, at, depth);
        if (cutter.keptAny) left = true;
        else if (cutter.droppedAny) emptied = true;
      } else {
        if (isList || this.isUnjudged(id, at)) {
          this.countUnreadable();
          left = true;
        } else if (id === Container.unknown && saysSomething(bytes, at)) left = true;
        at = this.walkMember(at, id, state, depth);
      }
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    // Without records nothing was reported, and is not now.
    this.reader.pending.clear();
    this.reader.odd = false;
    this.editContainer(evaluation, start, state, isResource);
    return left || !emptied ? ~at : at;
  }

  private walkMember(at: number, id: number, state: ContainerState, depth: number): number {
    const { plan } = state;
    const wanted = !state.reported && ((plan.asked >>> id) & 1) === 1;
    const end = wanted
      ? this.reader.readMember(at, plan, id, depth)
      : skipValue(this.bytes, at, depth);
    if (id === Container.owner) state.noteOwner(at, end, this.rewriter.positionOf(at));
    return end;
  }

  /**
   * Reports the container's values, after a look at what follows its array at `at` when some are
   * missing.
   */
  private reportContainer(
    evaluation: Evaluation,
    at: number,
    state: ContainerState,
    depth: number,
  ): void {
    const { bytes } = this;
    const { plan } = state;
    if ((plan.seen & plan.asked) !== plan.asked) {
      const { members } = this.reader;
      at = nextInContainer(bytes, behindList(bytes, at, depth), CLOSE_OBJECT);
      while (at >= 0) {
        const id = members.idOf(bytes, at, plan.keys);
        at = this.walkMember(members.valueAt, id, state, depth);
        at = nextInContainer(bytes, at, CLOSE_OBJECT);
      }
    }
    state.odd = this.reader.odd;
    this.reader.odd = false;
    this.reader.pending.flush(evaluation.values, bytes, state.scratch);
    state.reported = true;
  }

  private editContainer(
    evaluation: Evaluation,
    start: number,
    state: ContainerState,
    isResource: boolean,
  ): void {
    const wanted = isResource ? evaluation.endResource() : evaluation.endScope();
    // Without records nothing is due.
    if (!wanted || !state.reported) return;
    const { editor } = this;
    editor.openOwner(isResource ? Level.resource : Level.scope, this.bytes, state.owners);
    if (isResource) evaluation.editResource(editor);
    else evaluation.editScope(editor);
    if (!editor.changed) return;
    this.containersEdited++;
    const { owners, position } = state;
    if (owners.length === 0) this.edit(start + 1, start + 1, position + 1, editor.printMember());
    const last = owners.at(-1);
    if (owners.length > 1 && last !== undefined && !this.rewriter.isBeyond(last.end)) {
      this.rewriter.copyTo(last.end);
    }
    // From the last one on, so that the places of the others stay.
    for (let i = owners.length - 1; i >= 0; i--) {
      const owner = owners[i] as OwnerRange;
      this.edit(owner.start, owner.end, owner.position, editor.printOwner(i));
    }
  }

  /** Puts `text` in place of [start, end), which is at `position` if it was written already. */
  private edit(start: number, end: number, position: number, text: Uint8Array): void {
    const { rewriter } = this;
    if (rewriter.isBeyond(start)) rewriter.splice(position, end - start, text, 0, text.length);
    else rewriter.replace(start, end, text, 0, text.length);
  }

  /**
   * Walks the array of records at `at`; `recordCutter` knows whether one is left. What is no
   * record, or a broken one, is kept and counted.
   */
  private walkRecords(evaluation: Evaluation, at: number, depth: number): number {
    const { bytes, reader, recordCutter: cutter } = this;
    cutter.begin();
    at = enterContainer(bytes, at);
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
    else reader.pending.flush(evaluation.values, bytes, recordScratch);
    return end;
  }

  private judgeRecord(evaluation: Evaluation, start: number, end: number): void {
    const { recordCutter: cutter } = this;
    this.records++;
    const verdict = evaluation.decide(end - start);
    if (evaluation.offering) evaluation.offer(this.bytes, start, end, "otlp_json");
    if (verdict === Verdict.drop) {
      this.dropped++;
      cutter.drop(end);
      return;
    }
    cutter.keep(end);
    if (verdict === Verdict.edit) this.editRecord(evaluation, start, end);
  }

  private editRecord(evaluation: Evaluation, start: number, end: number): void {
    const { editor } = this;
    editor.openRecord(this.bytes, start, end);
    evaluation.editRecord(editor);
    if (!editor.changed) return;
    this.edited++;
    const text = editor.print();
    this.rewriter.replace(start, end, text, 0, text.length);
  }
}
