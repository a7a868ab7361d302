// What the filters of all formats share: bounds on input and output, the use of the evaluation one
// chunk at a time, and the counts. What an exposition consists of is left to each filter.

import type { Settlement } from "../../../policy/record-port.ts";
import type {
  PassedRecords,
  StreamFilter,
  StreamFilterOptions,
  StreamingCounts,
} from "../../scrape-format.ts";
import { FieldAccessor } from "./field-accessor.ts";
import { FilteringWriter } from "./filtering-writer.ts";

/** The same options as for any filtered stream. */
export type ExpositionFilterOptions = StreamFilterOptions;

/** Filters an exposition, whatever its format, as it streams by. */
export abstract class ExpositionFilter implements StreamFilter {
  /** The bound that ended the stream; its output ends after a whole line or message. */
  limitReached: "input" | "output" | undefined;
  /** An error in judging: from there on, everything is kept. */
  fault: unknown;
  settlement: Settlement | undefined;
  protected accessor: FieldAccessor | undefined;
  protected readonly writer: FilteringWriter;
  protected lines = 0;
  protected samples = 0;
  protected dropped = 0;
  protected unreadable = 0;
  protected tooLong = 0;
  private readonly inputBytesMax: number;
  private bytesIn = 0;

  constructor({ evaluation, sink, inputBytesMax, outputBytesMax }: ExpositionFilterOptions) {
    this.accessor = evaluation && new FieldAccessor(evaluation);
    this.writer = new FilteringWriter(sink, outputBytesMax ?? 0);
    this.inputBytesMax = inputBytesMax ?? 0;
  }

  get counts(): StreamingCounts {
    const { lines, samples, dropped, unreadable, tooLong, bytesIn } = this;
    const { bytesOut } = this.writer;
    return { lines, samples, dropped, unreadable, tooLong, bytesIn, bytesOut };
  }

  get passed(): readonly PassedRecords[] {
    const { unreadable, tooLong } = this;
    const passed: PassedRecords[] = [];
    if (unreadable > 0) {
      const [reason, detail] = ["unreadable_record", this.unreadableIs] as const;
      passed.push({ reason, records: unreadable, detail });
    }
    if (tooLong > 0) passed.push({ ...this.tooLongIs, records: tooLong });
    return passed;
  }

  /** The names under which unreadable parts, and parts that are too long, are counted. */
  protected abstract readonly unreadableIs: string;
  protected abstract readonly tooLongIs: Omit<PassedRecords, "records">;

  /**
   * Takes the next chunk; when this returns, its kept bytes have reached the sink, except for an
   * incomplete line or message at its end. False if a bound was reached: nothing more is accepted.
   */
  push(chunk: Uint8Array): boolean {
    const steps = this.pushSteps(chunk);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
    }
  }

  /** Like `push`, with a pause after each part of a long message that has been judged. */
  *pushSteps(chunk: Uint8Array): Generator<undefined, boolean> {
    if (this.limitReached !== undefined) return false;
    const room = this.inputBytesMax === 0 ? chunk.length : this.inputBytesMax - this.bytesIn;
    const taken = room < chunk.length ? chunk.subarray(0, room) : chunk;
    this.bytesIn += taken.length;
    const steps = this.judged(() => this.take(taken));
    if (steps !== undefined) {
      const goOn = (): boolean => steps.next().done !== true;
      while (this.judged(goOn)) yield;
    }
    if (this.writer.isFull) this.limitReached = "output";
    else if (taken.length < chunk.length) this.limitReached = "input";
    return this.limitReached === undefined;
  }

  /** The exposition is complete. False if this exceeded a bound. */
  end(): boolean {
    if (this.limitReached !== undefined) return false;
    this.judged(() => this.finish());
    if (this.writer.isFull) this.limitReached = "output";
    return this.limitReached === undefined;
  }

  /** Takes the chunk in steps, or at once. */
  protected abstract take(chunk: Uint8Array): Generator<undefined, void> | undefined;
  protected abstract finish(): void;

  /** A bug must not cost samples: the rest of the exposition is kept as it comes. */
  protected failed(error: unknown): void {
    this.fault = error;
    this.accessor = undefined;
  }

  /** Does the work between begin and commit of the evaluation, which others use as well. */
  private judged<T>(work: () => T): T {
    const { accessor } = this;
    accessor?.begin();
    const done = work();
    if (accessor !== undefined) this.settlement = accessor.evaluation.commit(this.settlement);
    this.writer.flush();
    return done;
  }
}
