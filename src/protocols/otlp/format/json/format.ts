// OTLP/JSON requests of one signal: finds resources, scopes and records, has the records judged,
// and cuts and patches the text. What was neither dropped nor edited leaves as it came.

import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  enterContainer,
  failAt,
  hasRest,
  ListCutter,
  nextInContainer,
  OPEN_ARRAY,
  OPEN_OBJECT,
  releaseScratch,
  skipBom,
  skipSpace,
  skipValue,
} from "../../../../core/json/index.ts";
import { keptWalkFormat, KeptWalks } from "../../../../policy/body-walk.ts";
import { Level } from "../../../../policy/fields.ts";
import type { RecordFrame } from "../../../../policy/extension-port.ts";
import type { Signal } from "../../../../policy/model.ts";
import {
  type Evaluation,
  type FilterOutcome,
  type FieldTable,
  type RecordFormat,
} from "../../../../policy/record-port.ts";
import { ContainerState, type OwnerRange } from "./container-state.ts";
import { behindList, isNonEmpty } from "./list-ends.ts";
import { Container } from "./names.ts";
import { type ObjectPlan, planSignal } from "./object-plan.ts";
import { FrameReader } from "./record-frame.ts";
import { RecordWalk } from "./record-walk.ts";

const LETTER_N = 0x6e;
/** Of the value of a member of the request. */
const ROOT_DEPTH = 1;

/**
 * OTLP/JSON of one signal. Not re-entrant; one may serve any number of requests, one after the
 * other. Throws UndecodableError for what JSON.parse rejects and for what is no object.
 * Resource, scope and schema URLs may follow their records. All occurrences of a repeated array of
 * containers or records are filtered.
 *
 * @example
 * const { body: left, dropped } = otlpJsonFormat("log").filter(body, evaluation);
 */
export function otlpJsonFormat(signal: Signal): RecordFormat {
  const walks = new KeptWalks((fields) => new RequestWalk(fields));
  return keptWalkFormat(walks, {
    signal,
    records: `${signal}s`,
    isJson: true,
    open: (walk, body, alwaysRewrite) => walk.open(body, alwaysRewrite),
  });
}

class RequestWalk extends RecordWalk {
  private readonly rootPlan: ObjectPlan;
  private readonly scope: ContainerState;
  private readonly resource: ContainerState;
  private readonly rootCutter = new ListCutter(this.rewriter);

  private readonly frames = new FrameReader();
  private containersEdited = 0;
  /** Whether anything but the frame of the request is left. */
  private remains = false;
  /** Whether containers that came in empty, or lists of them, go, too, and all is written. */
  private alwaysRewrite = false;

  constructor(fields: FieldTable) {
    const plans = planSignal(fields);
    super(fields, plans.record);
    this.rootPlan = plans.root;
    this.scope = new ContainerState(plans.scope, this.rewriter);
    this.resource = new ContainerState(plans.resource, this.rewriter);
  }

  open(body: Uint8Array, alwaysRewrite: boolean): void {
    this.begin(body);
    this.alwaysRewrite = alwaysRewrite;
    this.isAgain = this.remains = false;
    this.containersEdited = 0;
    this.rootCutter.begin();
    this.frames.begin();
  }

  protected override again(): void {
    this.open(this.bytes, this.alwaysRewrite);
  }

  protected override walk(evaluation: Evaluation): boolean {
    const { bytes, isPaused } = this;
    const end = isPaused
      ? this.resumeRoot(evaluation)
      : this.walkRoot(evaluation, skipSpace(bytes, skipBom(bytes)));
    if (this.isPaused) return false;
    if (hasRest(bytes, end, this.records - this.unreadable)) this.countUnreadable();
    if (this.unreadable === this.records) this.broken.throwAny();
    return true;
  }

  protected override get isRewritten(): boolean {
    return this.alwaysRewrite || this.dropped + this.edited + this.containersEdited > 0;
  }

  override outcome(): FilterOutcome {
    const { records, points, dropped, unreadable, edited } = this;
    const isMetric = this.fields.signal === "metric";
    const counts = { records, dropped, unreadable, edited, ...(isMetric ? { points } : {}) };
    if (!this.isRewritten) return counts;
    const body = this.rewriter.finish();
    const remains = this.remains && records > 0 && dropped === records;
    return remains ? { ...counts, body, remains } : { ...counts, body };
  }

  override release(): void {
    super.release();
    releaseScratch(this.scope.scratch);
    releaseScratch(this.resource.scratch);
  }

  protected override frame(): RecordFrame {
    return this.frames.read();
  }

  private walkRoot(evaluation: Evaluation, at: number): number {
    const { bytes } = this;
    if (bytes[at] !== OPEN_OBJECT) failAt(bytes, at, "an object");
    return this.walkRequest(evaluation, enterContainer(bytes, at));
  }

  private resumeRoot(evaluation: Evaluation): number {
    this.isPaused = false;
    const end = this.resumeContainers(evaluation, this.resource, ROOT_DEPTH);
    if (this.isPaused) return end;
    this.leaveResources(end);
    return this.walkRequest(evaluation, nextInContainer(this.bytes, end, CLOSE_OBJECT));
  }

  /** Walks the request from its member at `at` on. */
  private walkRequest(evaluation: Evaluation, at: number): number {
    const { bytes, rootCutter: cutter } = this;
    const { members } = this.reader;
    while (at >= 0) {
      cutter.enter(at);
      const id = members.idOf(bytes, at, this.rootPlan.keys);
      at = members.valueAt;
      if (id === Container.children && bytes[at] === OPEN_ARRAY) {
        at = this.walkContainers(evaluation, at, this.resource, ROOT_DEPTH);
        if (this.isPaused) return at;
        this.leaveResources(at);
      } else {
        if (this.isUnjudged(id, at)) {
          this.remains = true;
          this.countUnreadable();
        } else if (isNonEmpty(bytes, at)) this.remains = true;
        at = skipValue(bytes, at, ROOT_DEPTH);
        cutter.keep(at);
      }
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    return ~at;
  }

  /** Behind the array of resources that ends at `end`. */
  private leaveResources(end: number): void {
    const { cutter } = this.resource;
    if (cutter.keptAny) this.remains = true;
    if (cutter.keptAny || !this.isEmptied(cutter)) this.rootCutter.keep(end);
    else this.rootCutter.drop(end);
  }

  /** Whether nothing of the list is left because of policies. */
  private isEmptied(cutter: ListCutter): boolean {
    return !cutter.keptAny && (cutter.droppedAny || this.alwaysRewrite);
  }

  /** Whether a member around records, no array of the next level, holds what is not judged. */
  private isUnjudged(id: number, at: number): boolean {
    if (id === Container.misplaced) return isNonEmpty(this.bytes, at);
    return id === Container.children && this.bytes[at] !== LETTER_N;
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
    state.cutter.begin();
    state.pausedAt = -1;
    return this.walkElements(evaluation, enterContainer(this.bytes, at), state, depth);
  }

  private resumeContainers(evaluation: Evaluation, state: ContainerState, depth: number): number {
    const at = state.pausedAt;
    state.pausedAt = -1;
    if (at >= 0) return this.walkElements(evaluation, at, state, depth);
    const end = this.resumeContainer(evaluation, state, depth + 2);
    if (this.isPaused) return end;
    const next = nextInContainer(this.bytes, this.leaveContainer(state, end), CLOSE_ARRAY);
    return this.walkElements(evaluation, next, state, depth);
  }

  /** Walks an array of containers from the element at `at` on. */
  private walkElements(
    evaluation: Evaluation,
    at: number,
    state: ContainerState,
    depth: number,
  ): number {
    const { bytes } = this;
    const { cutter } = state;
    while (at >= 0) {
      cutter.enter(at);
      if (bytes[at] === OPEN_OBJECT) {
        state.editedBefore = this.containersEdited;
        at = this.walkContainer(evaluation, at, state, depth + 2);
        if (this.isPaused) return at;
        at = this.leaveContainer(state, at);
      } else {
        this.countUnreadable();
        at = skipValue(bytes, at, depth + 1);
        cutter.keep(at);
      }
      at = nextInContainer(bytes, at, CLOSE_ARRAY);
      if (this.isPauseDue(at)) {
        this.isPaused = true;
        state.pausedAt = at;
        return at;
      }
    }
    return ~at;
  }

  /** Keeps the container that was walked to `end`, or, when that is complemented, drops it. */
  private leaveContainer(state: ContainerState, end: number): number {
    if (end >= 0) {
      state.cutter.keep(end);
      return end;
    }
    this.containersEdited = state.editedBefore; // It goes with all that was done inside.
    state.cutter.drop(~end);
    return ~end;
  }

  /** Walks one container; returns the offset behind it, complemented when nothing is left in it. */
  private walkContainer(
    evaluation: Evaluation,
    start: number,
    state: ContainerState,
    depth: number,
  ): number {
    if (state === this.resource) evaluation.beginResource(start);
    else evaluation.beginScope();
    state.begin(start, this.rewriter.positionOf(start), this.alwaysRewrite);
    this.reader.members.begin();
    return this.walkMembers(evaluation, enterContainer(this.bytes, start), state, depth);
  }

  private resumeContainer(evaluation: Evaluation, state: ContainerState, depth: number): number {
    const end =
      state === this.resource
        ? this.resumeContainers(evaluation, this.scope, depth)
        : this.walkRecords(evaluation, this.recordsPausedAt, depth);
    if (this.isPaused) return end;
    this.leaveList(state);
    return this.walkMembers(
      evaluation,
      nextInContainer(this.bytes, end, CLOSE_OBJECT),
      state,
      depth,
    );
  }

  /** Walks a container from its member at `at` on. */
  private walkMembers(
    evaluation: Evaluation,
    at: number,
    state: ContainerState,
    depth: number,
  ): number {
    const { bytes, reader } = this;
    const isResource = state === this.resource;
    while (at >= 0) {
      const memberAt = at;
      const id = reader.members.idOf(bytes, at, state.plan.keys);
      at = reader.members.valueAt;
      const isList = id === Container.children && bytes[at] === OPEN_ARRAY;
      if (isList && !state.reported) this.reportContainer(evaluation, at, state, depth);
      if (isList && !state.odd) {
        if (isResource) at = this.walkContainers(evaluation, at, this.scope, depth);
        else {
          this.recordCutter.begin();
          at = this.walkRecords(evaluation, enterContainer(bytes, at), depth);
        }
        if (this.isPaused) return at;
        this.leaveList(state);
      } else {
        if (isList || this.isUnjudged(id, at)) {
          this.countUnreadable();
          state.left = true;
        } else if (id === Container.unknown && isNonEmpty(bytes, at)) state.left = true;
        at = this.walkMember(at, id, state, depth);
        state.members.add(memberAt, at, id);
      }
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    if (isResource) this.frames.leaveResource(bytes, state.members);
    else this.frames.leaveScope(bytes, state.members);
    // Without records nothing was reported, and is not now.
    this.reader.pending.clear();
    this.reader.odd = false;
    this.editContainer(evaluation, state, isResource);
    return state.left || !state.emptied ? ~at : at;
  }

  /** Behind the list of scopes, or of records, of a container. */
  private leaveList(state: ContainerState): void {
    state.members.cut();
    const cutter = state === this.resource ? this.scope.cutter : this.recordCutter;
    if (cutter.keptAny) state.left = true;
    else if (cutter.droppedAny) state.emptied = true;
  }

  private walkMember(at: number, id: number, state: ContainerState, depth: number): number {
    const { plan } = state;
    if (id === Container.owner) state.checkOwner(this.bytes, at);
    const isAsked = ((plan.asked >>> id) & 1) === 1;
    if (isAsked && state.reported && !state.readBehind) this.tooEarly();
    const end =
      isAsked && !state.reported
        ? this.reader.readMember(at, plan, id, depth)
        : skipValue(this.bytes, at, depth);
    if (id === Container.owner) state.noteOwner(at, end, this.rewriter.positionOf(at));
    return end;
  }

  /**
   * Reports the container's values, after a look at what follows its array at `at` when some are
   * missing. Those that are not, are hardly ever repeated there.
   */
  private reportContainer(
    evaluation: Evaluation,
    at: number,
    state: ContainerState,
    depth: number,
  ): void {
    const { bytes } = this;
    const { plan } = state;
    if (this.isAgain || (plan.seen & plan.asked) !== plan.asked) {
      state.readBehind = true;
      const { members } = this.reader;
      at = nextInContainer(bytes, behindList(bytes, at, depth), CLOSE_OBJECT);
      while (at >= 0) {
        const id = members.idOf(bytes, at, plan.keys);
        at = this.walkMember(members.valueAt, id, state, depth);
        at = nextInContainer(bytes, at, CLOSE_OBJECT);
      }
    }
    this.reader.report(evaluation.values, state.scratch);
    state.odd = this.reader.odd;
    this.reader.odd = false;
    state.reported = true;
  }

  private editContainer(evaluation: Evaluation, state: ContainerState, isResource: boolean): void {
    const wanted = isResource ? evaluation.endResource() : evaluation.endScope();
    // Without records nothing is due.
    if (!wanted || !state.reported) return;
    const { editor } = this;
    editor.openOwner(isResource ? Level.resource : Level.scope, this.bytes, state.owners);
    if (isResource) evaluation.editResource(editor);
    else evaluation.editScope(editor);
    if (!editor.changed) return;
    this.containersEdited++;
    const { owners, position, start } = state;
    if (owners.length === 0) this.edit(start + 1, start + 1, position + 1, editor.printMember());
    const behind = owners.length > 1 ? (owners.at(-1)?.end ?? 0) : 0;
    if (!this.rewriter.isBeyond(behind)) this.rewriter.copyTo(behind);
    // From the last one on, so that the positions of the others stay.
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
}
