// How a body is filtered: in one go, or in steps between which other bodies get their turn. A
// format walks its records in the same way in both cases; this file decides when the walk pauses,
// and what is done before and after it.

import { knowLongValues, LongValues } from "../core/json/index.ts";
import { LONG_BODY_BYTES_MIN } from "../core/limits.ts";
import { Rewriter } from "../core/rewriter.ts";
import { UndecodableError } from "../core/errors.ts";
import type { Signal } from "./model.ts";
import type {
  Evaluation,
  FieldTable,
  FilterOptions,
  FilterOutcome,
  Pauses,
  RecordEditor,
  RecordFormat,
} from "./record-port.ts";

/** Thrown if records were judged without values that only come after them in the body. */
const TOO_EARLY = new Error("values behind the records that they belong to");
/** Beyond the end of every body. */
const NOWHERE = 0x7fffffff;
/** So many changed bytes are put together between two checks of the clock. */
const SETTLED_BYTES = 1024 * 1024;

/**
 * The walk over one body. It consists of plain functions that return at a pause and know where to
 * continue, because locals that live across a `yield` would slow down the loop over records.
 */
export abstract class BodyWalk {
  protected readonly rewriter = new Rewriter();
  private pauses: Pauses | undefined;
  /** The offset from which on it is asked whether a pause is due. */
  private askFrom = NOWHERE;
  /** The editor of a record whose edits were interrupted by a pause. */
  private partlyEdited: RecordEditor | undefined;

  /** To be called before the walk begins; undefined: the walk has no pauses. */
  pauseBy(pauses: Pauses | undefined): void {
    this.pauses = pauses;
    this.askFrom = pauses === undefined ? NOWHERE : 0;
    this.partlyEdited = undefined;
  }

  /** The walk was started again: values that come after records must be read before them. */
  protected isAgain = false;

  /**
   * Walks, or continues, until a pause or the end of the body. Returns whether the end was reached.
   */
  protected abstract walk(evaluation: Evaluation): boolean;
  /** Goes back to the start of the body, with nothing done; for walks that may be too early. */
  protected again(): void {}
  /** After the end of the body: whether a different body leaves. */
  protected abstract get isRewritten(): boolean;
  /** After the end of the body: the outcome, without the settlement. */
  abstract outcome(): FilterOutcome;
  /** Lets go of all bytes of the request. */
  abstract release(): void;

  /**
   * Like `walk`, but first continues edits that a pause has interrupted, and judges again what was
   * judged too early.
   */
  step(body: Uint8Array, evaluation: Evaluation): boolean {
    try {
      if (this.partlyEdited !== undefined) this.editRecord(evaluation, this.partlyEdited);
      return this.partlyEdited === undefined && this.walk(evaluation);
    } catch (error) {
      if (error !== TOO_EARLY) throw error;
      evaluation.abort();
      evaluation.takeTooCostly?.();
      evaluation.begin(body);
      this.again();
      this.isAgain = true;
      this.startOver();
      return false;
    }
  }

  /** To be called if values were found that the preceding records should have been judged with. */
  protected tooEarly(): never {
    throw TOO_EARLY;
  }

  /** Puts some of the outcome together. Returns whether nothing of it is left for `outcome`. */
  settle(): boolean {
    return !this.isRewritten || this.rewriter.settle(SETTLED_BYTES);
  }

  /**
   * Whether to pause before what begins at `at`; if that is negative, only in the middle of edits.
   */
  protected isPauseDue(at: number): boolean {
    return this.partlyEdited !== undefined || (at >= this.askFrom && this.ask(at));
  }

  /** Edits the record that is open in `editor`, up to a pause or the end. */
  protected editRecord(evaluation: Evaluation, editor: RecordEditor): void {
    const isOver = evaluation.editRecord(editor, this.pauses);
    this.partlyEdited = isOver ? undefined : editor;
    if (isOver) this.leaveEdited(evaluation);
  }

  /** To be called after the edits of a record. */
  protected leaveEdited(_evaluation: Evaluation): void {}

  /** Returns to the start of the body: the following walk goes over it once more. */
  protected startOver(): void {
    if (this.pauses !== undefined) this.askFrom = 0;
  }

  private ask(at: number): boolean {
    const { pauses } = this;
    if (pauses === undefined) return false;
    this.askFrom = at + pauses.everyBytes;
    return pauses.isDue();
  }
}

/**
 * A part of a body could not be read with the fields that only others than enforced policies ask
 * for.
 */
class UnreadForOthers extends Error {}

/** To be called after a body was walked to its end. */
function checkRead({ unreadable }: FilterOutcome, evaluation: Evaluation): void {
  if (unreadable > 0 && evaluation.enforcedOnly !== undefined) throw new UnreadForOthers();
}

/** What cannot be read because of policies in shadow, or counting, is read again without them. */
function isForAnotherWalk(error: unknown): boolean {
  return error instanceof UnreadForOthers || error instanceof UndecodableError;
}

/**
 * The format, but policies in shadow and counting by service do not affect what can be read of a
 * body: a body that cannot be read with the fields that they ask for is judged without them.
 */
function regardlessOfOthers(format: RecordFormat): RecordFormat {
  const filterSteps = format.filterSteps?.bind(format);
  const whole: RecordFormat = {
    filter(body, evaluation, options) {
      const { enforcedOnly } = evaluation;
      if (enforcedOnly === undefined) return format.filter(body, evaluation, options);
      try {
        return format.filter(body, evaluation, options);
      } catch (error) {
        if (!isForAnotherWalk(error)) throw error;
        return format.filter(body, enforcedOnly(), options);
      }
    },
  };
  if (filterSteps === undefined) return whole;
  return {
    ...whole,
    *filterSteps(body, evaluation, pauses, options) {
      const { enforcedOnly } = evaluation;
      try {
        return yield* filterSteps(body, evaluation, pauses, options);
      } catch (error) {
        if (enforcedOnly === undefined || !isForAnotherWalk(error)) throw error;
        return yield* filterSteps(body, enforcedOnly(), pauses, options);
      }
    },
  };
}

/** Walks an opened body to its end. */
function walkWhole(walk: BodyWalk, body: Uint8Array, evaluation: Evaluation): FilterOutcome {
  walk.pauseBy(undefined);
  let isOver = false;
  evaluation.begin(body);
  try {
    while (!walk.step(body, evaluation));
    const outcome = walk.outcome();
    checkRead(outcome, evaluation);
    isOver = true;
    return { ...outcome, settlement: evaluation.commit() };
  } finally {
    if (!isOver) evaluation.abort();
    walk.release();
  }
}

/** Like `walkWhole`, with pauses. */
function* walkSteps(
  walk: BodyWalk,
  body: Uint8Array,
  evaluation: Evaluation,
  pauses: Pauses,
): Generator<undefined, FilterOutcome> {
  walk.pauseBy(pauses);
  let isOver = false;
  evaluation.begin(body);
  try {
    while (!walk.step(body, evaluation)) yield;
    while (!walk.settle()) if (pauses.isDue()) yield;
    const outcome = walk.outcome();
    checkRead(outcome, evaluation);
    isOver = true;
    return { ...outcome, settlement: evaluation.commit() };
  } finally {
    if (!isOver) evaluation.abort();
    walk.release();
  }
}

/** A format that makes a walk for each body. */
export function walkingFormat(
  open: (body: Uint8Array, evaluation: Evaluation, options?: FilterOptions) => BodyWalk,
): RecordFormat {
  return regardlessOfOthers({
    filter: (body, evaluation, options) =>
      walkWhole(open(body, evaluation, options), body, evaluation),
    filterSteps: (body, evaluation, pauses, options) =>
      walkSteps(open(body, evaluation, options), body, evaluation, pauses),
  });
}

/**
 * Filters a JSON body in steps, after its long values were found: the filter then skips them
 * instead of scanning each in one go.
 */
function* knowingLongValues<T>(
  body: Uint8Array,
  pauses: Pauses,
  steps: Generator<undefined, T>,
): Generator<undefined, T> {
  if (body.length < LONG_BODY_BYTES_MIN) return yield* steps;
  const values = new LongValues(body);
  while (!values.scan(pauses.everyBytes)) if (pauses.isDue()) yield;
  try {
    for (;;) {
      knowLongValues(values);
      const step = steps.next();
      if (step.done === true) return step.value;
      yield;
    }
  } finally {
    knowLongValues(undefined);
    // Does nothing if the steps have come to their end.
    steps.return(undefined as never);
  }
}

/** A walk that serves any number of bodies with the same field table, one after the other. */
interface KeptWalk extends BodyWalk {
  readonly fields: FieldTable;
}

/** The walks of one format: one for whole bodies, and another that may be paused meanwhile. */
export class KeptWalks<W extends KeptWalk> {
  private whole: W | undefined;
  private paused: W | undefined;
  private onlooking: W | undefined;
  private readonly make: (fields: FieldTable) => W;

  constructor(make: (fields: FieldTable) => W) {
    this.make = make;
  }

  /** `open`: gives the walk its body. */
  filter(body: Uint8Array, evaluation: Evaluation, open: (walk: W) => void): FilterOutcome {
    const walk =
      evaluation.isOnlooker === true ? this.walkOfOnlooker(evaluation) : this.walkOf(evaluation);
    open(walk);
    return walkWhole(walk, body, evaluation);
  }

  private walkOf({ fields }: Evaluation): W {
    if (this.whole?.fields !== fields) this.whole = this.make(fields);
    return this.whole;
  }

  /** Onlookers come now and then, between policies, whose walk must not be replaced for them. */
  private walkOfOnlooker({ fields }: Evaluation): W {
    if (this.onlooking?.fields !== fields) this.onlooking = this.make(fields);
    return this.onlooking;
  }

  *steps(
    body: Uint8Array,
    evaluation: Evaluation,
    pauses: Pauses,
    open: (walk: W) => void,
  ): Generator<undefined, FilterOutcome> {
    const { fields } = evaluation;
    const walk = this.paused?.fields === fields ? this.paused : this.make(fields);
    this.paused = undefined;
    open(walk);
    try {
      return yield* walkSteps(walk, body, evaluation, pauses);
    } finally {
      this.paused = walk;
    }
  }

  /** Like `filter`, for a JSON body in steps. */
  jsonSteps(
    body: Uint8Array,
    evaluation: Evaluation,
    pauses: Pauses,
    open: (walk: W) => void,
  ): Generator<undefined, FilterOutcome> {
    return knowingLongValues(body, pauses, this.steps(body, evaluation, pauses, open));
  }
}

/** What distinguishes a format with kept walks. */
interface KeptWalkOptions<W> {
  readonly signal: Signal;
  /** What its records are called, for messages. */
  readonly records: string;
  readonly isJson: boolean;
  readonly open: (walk: W, body: Uint8Array, alwaysRewrite: boolean) => void;
}

/** The format whose walks these are. */
export function keptWalkFormat<W extends KeptWalk>(
  walks: KeptWalks<W>,
  { signal, records, isJson, open }: KeptWalkOptions<W>,
): RecordFormat {
  const opening = (body: Uint8Array, { fields }: Evaluation, options?: FilterOptions) => {
    if (fields.signal !== signal) {
      throw new TypeError(`a program for ${fields.signal}s cannot filter ${records}`);
    }
    return (walk: W): void => open(walk, body, options?.alwaysRewrite ?? false);
  };
  return regardlessOfOthers({
    filter: (body, evaluation, options) =>
      walks.filter(body, evaluation, opening(body, evaluation, options)),
    filterSteps: (body, evaluation, pauses, options) => {
      const open = opening(body, evaluation, options);
      return isJson
        ? walks.jsonSteps(body, evaluation, pauses, open)
        : walks.steps(body, evaluation, pauses, open);
    },
  });
}
