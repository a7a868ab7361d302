// OTLP/JSON requests of one signal: finds resources, scopes and records, has the records judged,
// and cuts and patches the text. Everything that was neither dropped nor edited leaves as the bytes
// that came in.

import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  enterContainer,
  expectEnd,
  failAt,
  ListCutter,
  nextInContainer,
  OPEN_ARRAY,
  OPEN_OBJECT,
  releaseScratch,
  Scratch,
  skipBom,
  skipSpace,
  skipValue,
  Splices,
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
import { JsonRecordEditor } from "./editor.ts";
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

/** What is known of the resource, or the scope, that is being walked. */
class ContainerState {
  readonly plan: ObjectPlan;
  readonly scratch = new Scratch();
  readonly cutter: ListCutter;
  /** Its values were reported: before its first record. */
  reported = false;
  /** Where the resource or scope object is; -1: there is none. */
  ownerStart = -1;
  ownerEnd = -1;

  constructor(plan: ObjectPlan, splices: Splices) {
    this.plan = plan;
    this.cutter = new ListCutter(splices);
  }

  begin(): void {
    this.plan.seen = 0;
    this.reported = false;
    this.ownerStart = -1;
    this.ownerEnd = -1;
    this.scratch.reset();
  }
}

class RequestFilter {
  readonly fields: FieldTable;
  private readonly reader: ValueReader;
  private readonly splices = new Splices();
  private readonly rootPlan: ObjectPlan;
  private readonly recordPlan: ObjectPlan;
  private readonly recordWanted: boolean;
  private readonly scope: ContainerState;
  private readonly resource: ContainerState;
  private readonly recordCutter = new ListCutter(this.splices);
  private readonly recordScratch = new Scratch();
  private readonly editor: JsonRecordEditor;

  private bytes: Uint8Array = NOTHING;
  private records = 0;
  private dropped = 0;
  private unreadable = 0;
  private edited = 0;
  private containersEdited = 0;
  /** Whether anything but the frame of the request is left. */
  private remains = false;

  constructor(fields: FieldTable) {
    this.fields = fields;
    const plans = planSignal(fields);
    this.rootPlan = plans.root;
    this.recordPlan = plans.record;
    this.recordWanted = plans.record.wanted;
    this.scope = new ContainerState(plans.scope, this.splices);
    this.resource = new ContainerState(plans.resource, this.splices);
    this.reader = new ValueReader(fields.paths);
    this.editor = new JsonRecordEditor(fields.signal);
  }

  run(body: Uint8Array, evaluation: Evaluation, alwaysRewrite: boolean): FilterOutcome {
    this.bytes = this.reader.bytes = body;
    this.reader.view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    this.records = this.dropped = this.unreadable = this.edited = this.containersEdited = 0;
    this.remains = false;
    let done = false;
    evaluation.begin();
    try {
      const end = this.walkRoot(evaluation, skipSpace(body, skipBom(body)));
      expectEnd(body, end);
      done = true;
      evaluation.commit();
      const { records, dropped, unreadable, edited } = this;
      const counts = { records, dropped, unreadable, edited };
      const changed = dropped + edited + this.containersEdited > 0;
      if (!changed && !alwaysRewrite) return counts;
      const outcome = { ...counts, body: this.splices.apply(body) };
      const remains = this.remains && records > 0 && dropped === records;
      return remains ? { ...outcome, remains } : outcome;
    } finally {
      if (!done) evaluation.abort();
      this.release();
    }
  }

  /** Keeps no bytes of the request, and no large buffers. */
  private release(): void {
    this.bytes = this.reader.bytes = NOTHING;
    this.reader.pending.release();
    this.splices.truncate(0);
    releaseScratch(this.recordScratch);
    releaseScratch(this.scope.scratch);
    releaseScratch(this.resource.scratch);
    this.editor.close();
  }

  private walkRoot(evaluation: Evaluation, at: number): number {
    const { bytes } = this;
    const { members } = this.reader;
    if (bytes[at] !== OPEN_OBJECT) failAt(bytes, at, "an object");
    const cutter = new ListCutter(this.splices);
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const start = at;
      const id = members.idOf(bytes, at, this.rootPlan.keys);
      at = members.valueAt;
      if (id === Container.children && bytes[at] === OPEN_ARRAY) {
        const mark = this.splices.count;
        at = this.walkContainers(evaluation, at, this.resource, ROOT_DEPTH);
        if (this.resource.cutter.keptAny) {
          this.remains = true;
          cutter.keep(start, at);
        } else {
          this.splices.truncate(mark);
          cutter.drop(start, at);
        }
      } else {
        if (id === Container.children && bytes[at] !== LETTER_N) this.countUnreadable();
        else if (saysSomething(bytes, at)) this.remains = true;
        at = skipValue(bytes, at, ROOT_DEPTH);
        cutter.keep(start, at);
      }
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    cutter.end();
    return ~at;
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
      const start = at;
      if (bytes[at] === OPEN_OBJECT) {
        const mark = this.splices.count;
        const { containersEdited } = this;
        at = this.walkContainer(evaluation, at, state, depth + 2);
        if (at >= 0) cutter.keep(start, at);
        else {
          // It goes as a whole, and with it all that was done inside.
          this.splices.truncate(mark);
          this.containersEdited = containersEdited;
          at = ~at;
          cutter.drop(start, at);
        }
      } else {
        this.countUnreadable();
        at = skipValue(bytes, at, depth + 1);
        cutter.keep(start, at);
      }
      at = nextInContainer(bytes, at, CLOSE_ARRAY);
    }
    cutter.end();
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
    state.begin();
    let left = false;
    let at = enterContainer(bytes, start);
    while (at >= 0) {
      const id = members.idOf(bytes, at, plan.keys);
      at = members.valueAt;
      if (id === Container.children && bytes[at] === OPEN_ARRAY) {
        if (!state.reported) this.reportContainer(evaluation, at, state, depth);
        if (isResource) {
          at = this.walkContainers(evaluation, at, this.scope, depth);
          if (this.scope.cutter.keptAny) left = true;
        } else {
          at = this.walkRecords(evaluation, at, depth);
          if (this.recordCutter.keptAny) left = true;
        }
      } else {
        if (id === Container.children && bytes[at] !== LETTER_N) {
          this.countUnreadable();
          left = true;
        } else if (id === Container.unknown && saysSomething(bytes, at)) left = true;
        at = this.walkMember(at, id, state, depth);
      }
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    // Without records nothing was reported, and is not now.
    this.reader.pending.clear();
    this.editContainer(evaluation, start, state, isResource);
    return left ? ~at : at;
  }

  private walkMember(at: number, id: number, state: ContainerState, depth: number): number {
    const { plan } = state;
    const wanted = !state.reported && ((plan.asked >>> id) & 1) === 1;
    const end = wanted
      ? this.reader.readMember(at, plan, id, depth)
      : skipValue(this.bytes, at, depth);
    if (id === Container.owner) {
      state.ownerStart = at;
      state.ownerEnd = end;
    }
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
      at = nextInContainer(bytes, skipValue(bytes, at, depth), CLOSE_OBJECT);
      while (at >= 0) {
        const id = members.idOf(bytes, at, plan.keys);
        at = this.walkMember(members.valueAt, id, state, depth);
        at = nextInContainer(bytes, at, CLOSE_OBJECT);
      }
    }
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
    if (!wanted) return;
    const { editor } = this;
    editor.openOwner(
      isResource ? Level.resource : Level.scope,
      this.bytes,
      state.ownerStart,
      state.ownerEnd,
    );
    if (isResource) evaluation.editResource(editor);
    else evaluation.editScope(editor);
    if (!editor.changed) return;
    this.containersEdited++;
    if (state.ownerStart >= 0) this.splices.add(state.ownerStart, state.ownerEnd, editor.print());
    else this.splices.add(start + 1, start + 1, editor.printMember());
  }

  /** Walks the array of records at `at`; `recordCutter` knows whether one is left. */
  private walkRecords(evaluation: Evaluation, at: number, depth: number): number {
    const { bytes, reader, recordPlan: plan, recordCutter: cutter, recordScratch } = this;
    const { values } = evaluation;
    const { pending } = reader;
    cutter.begin();
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const start = at;
      if (bytes[at] !== OPEN_OBJECT) {
        this.countUnreadable();
        at = skipValue(bytes, at, depth + 1);
        cutter.keep(start, at);
      } else {
        evaluation.beginRecord();
        if (this.recordWanted) {
          recordScratch.reset();
          at = reader.readObject(at, plan, depth + 1);
          pending.flush(values, bytes, recordScratch);
        } else at = skipValue(bytes, at, depth + 1);
        this.records++;
        const verdict = evaluation.decide();
        if (evaluation.offering) evaluation.offer(bytes, start, at, "otlp_json");
        if (verdict === Verdict.drop) {
          this.dropped++;
          cutter.drop(start, at);
        } else {
          cutter.keep(start, at);
          if (verdict === Verdict.edit) this.editRecord(evaluation, start, at);
        }
      }
      at = nextInContainer(bytes, at, CLOSE_ARRAY);
    }
    cutter.end();
    return ~at;
  }

  private editRecord(evaluation: Evaluation, start: number, end: number): void {
    const { editor } = this;
    editor.openRecord(this.bytes, start, end);
    evaluation.editRecord(editor);
    if (!editor.changed) return;
    this.edited++;
    this.splices.add(start, end, editor.print());
  }
}

/** False for a null and for an empty array, which are as good as no member. */
function saysSomething(bytes: Uint8Array, at: number): boolean {
  const c = bytes[at];
  return c !== LETTER_N && (c !== OPEN_ARRAY || enterContainer(bytes, at) >= 0);
}
