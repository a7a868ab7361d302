// Filters an exposition as it streams by: chunks of any size in, ranges of kept bytes out. Memory
// is bounded whatever the exposition: the line at hand, the metadata of the family at hand, and a
// table of families of a fixed size. What cannot be judged goes out as it came.

import { type Evaluation, type Settlement, Verdict } from "../policy/record-port.ts";
import { ByteBuffer, sameBytes } from "./byte-buffer.ts";
import { FamilyTable, type Remembered } from "./family-table.ts";
import { allowsSuffix, SUFFIX_COUNT, suffixLength, suffixOf } from "./family-type.ts";
import { Family } from "./family.ts";
import { FieldAccessor } from "./field-accessor.ts";
import { type ByteSink, FilteringWriter } from "./filtering-writer.ts";
import { HELD_BYTES_MAX, LINE_BYTES_MAX } from "../core/limits.ts";
import { LineKind, type LineKindIndex, LineParser } from "./line-parser.ts";

const NEWLINE = 0x0a;

export interface StreamingFilterOptions {
  /**
   * The policies; undefined: everything is kept. Used for one chunk at a time, never across two.
   */
  readonly evaluation: Evaluation | undefined;
  readonly sink: ByteSink;
  /** The exposition is OpenMetrics text. Default: text format 0.0.4. */
  readonly openMetrics?: boolean;
  /** Bytes taken in; 0, the default: no bound. */
  readonly inputBytesMax?: number;
  /** Bytes handed out; 0, the default: no bound. */
  readonly outputBytesMax?: number;
}

/** What was met so far. */
export interface StreamingCounts {
  readonly lines: number;
  /** Samples that were judged. */
  readonly samples: number;
  readonly dropped: number;
  /** Lines that are neither samples nor comments, and lines that are too long: kept, not judged. */
  readonly unreadable: number;
  readonly tooLong: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export class PolicyStreamingFilter {
  /** The bound that ended the stream; its output ends after a whole line. */
  limitReached: "input" | "output" | undefined;
  /** An error of judging: from there on everything is kept. */
  fault: unknown;
  settlement: Settlement | undefined;
  private accessor: FieldAccessor | undefined;
  private readonly writer: FilteringWriter;
  private readonly openMetrics: boolean;
  private readonly inputBytesMax: number;
  private readonly parser = new LineParser();
  private readonly family = new Family();
  private readonly families = new FamilyTable();
  /** By suffix: samples of the family at hand are kept, and no policy looks at them. */
  private readonly passes = new Uint8Array(SUFFIX_COUNT);
  /**
   * Beginning of a sample that no policy looks at, up to the last label that any asks for: samples
   * of the family that begin alike and go on with other labels, as the buckets of a histogram do,
   * come to the same. Positions in the chunk at hand; -1: none.
   */
  private alikeStart = -1;
  private alikeEnd = -1;
  /** The beginning of a line whose end has not come yet. */
  private readonly carry = new ByteBuffer(4096);
  /** Inside a line that is too long. */
  private isPassingLine = false;
  private bytesIn = 0;
  private lines = 0;
  private samples = 0;
  private dropped = 0;
  private unreadable = 0;
  private tooLong = 0;

  constructor(options: StreamingFilterOptions) {
    const { evaluation, sink, openMetrics, inputBytesMax, outputBytesMax } = options;
    this.accessor = evaluation && new FieldAccessor(evaluation);
    this.writer = new FilteringWriter(sink, outputBytesMax ?? 0);
    this.openMetrics = openMetrics ?? false;
    this.inputBytesMax = inputBytesMax ?? 0;
  }

  get counts(): StreamingCounts {
    const { lines, samples, dropped, unreadable, tooLong, bytesIn } = this;
    const { bytesOut } = this.writer;
    return { lines, samples, dropped, unreadable, tooLong, bytesIn, bytesOut };
  }

  /**
   * Takes the next chunk; its kept bytes have reached the sink when this returns, but for the line
   * that it breaks off in. False when a bound was reached: nothing more is taken.
   */
  push(chunk: Uint8Array): boolean {
    if (this.limitReached !== undefined) return false;
    const room = this.inputBytesMax === 0 ? chunk.length : this.inputBytesMax - this.bytesIn;
    const taken = room < chunk.length ? chunk.subarray(0, room) : chunk;
    this.bytesIn += taken.length;
    this.judged(() => this.take(taken));
    if (this.writer.isFull) this.limitReached = "output";
    else if (taken.length < chunk.length) this.limitReached = "input";
    return this.limitReached === undefined;
  }

  /** The exposition is complete. False when that exceeded a bound. */
  end(): boolean {
    if (this.limitReached !== undefined) return false;
    this.judged(() => {
      if (this.carry.length > 0) this.takeCarry();
      this.finishFamily();
    });
    if (this.writer.isFull) this.limitReached = "output";
    return this.limitReached === undefined;
  }

  /** Works between begin and commit of the evaluation, which others use as well. */
  private judged(work: () => void): void {
    const { accessor } = this;
    accessor?.begin();
    work();
    if (accessor !== undefined) this.settlement = accessor.evaluation.commit(this.settlement);
    this.writer.flush();
    this.family.leaveChunk();
  }

  private take(chunk: Uint8Array): void {
    let at = 0;
    if (this.isPassingLine || this.carry.length > 0) {
      at = this.finishLine(chunk);
      if (at < 0) return;
    }
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > at) this.takeLines(chunk, at, end);
    else this.writer.begin(chunk);
    this.startLine(chunk, Math.max(at, end));
  }

  /** Completes the line that earlier chunks began; returns where the next begins, or -1. */
  private finishLine(chunk: Uint8Array): number {
    const newline = chunk.indexOf(NEWLINE);
    const end = newline < 0 ? chunk.length : newline + 1;
    if (!this.isPassingLine) {
      const length = this.carry.length + (newline < 0 ? end : newline);
      if (length <= LINE_BYTES_MAX) {
        this.carry.append(chunk, 0, end);
        if (newline < 0) return -1;
        this.takeCarry();
        return end;
      }
      this.beginLongLine();
    }
    this.writer.put(chunk, 0, end);
    if (newline < 0) return -1;
    this.isPassingLine = false;
    return end;
  }

  /** Keeps the beginning of the chunk's last line, chunk[start, …), which has no newline. */
  private startLine(chunk: Uint8Array, start: number): void {
    if (start === chunk.length) return;
    this.carry.append(chunk, start, chunk.length);
    if (this.carry.length <= LINE_BYTES_MAX) return;
    this.writer.flush();
    this.beginLongLine();
  }

  private beginLongLine(): void {
    this.noteLongLine();
    this.isPassingLine = true;
    const { carry } = this;
    this.writer.put(carry.bytes, 0, carry.length);
    carry.clear();
  }

  private noteLongLine(): void {
    this.lines++;
    this.tooLong++;
    // It may be a sample of the family.
    this.emitBlock();
  }

  private takeCarry(): void {
    const { carry } = this;
    this.takeLines(carry.bytes, 0, carry.length);
    this.writer.flush();
    this.family.leaveChunk();
    carry.clear();
  }

  /** Takes the lines bytes[start, end); the last one may lack its newline. */
  private takeLines(bytes: Uint8Array, start: number, end: number): void {
    const { writer } = this;
    writer.begin(bytes);
    this.alikeStart = -1;
    let at = start;
    while (at < end && !writer.isFull) {
      const newline = bytes.indexOf(NEWLINE, at);
      const isWhole = newline >= 0 && newline < end;
      const stop = isWhole ? newline : end;
      const next = isWhole ? newline + 1 : end;
      if (this.accessor === undefined) {
        this.lines++;
        writer.keep(at, next);
      } else if (stop - at > LINE_BYTES_MAX) {
        this.noteLongLine();
        writer.keep(at, next);
      } else this.takeLine(this.accessor, bytes, at, stop, next);
      at = next;
    }
  }

  /** Takes the line bytes[start, stop), which goes out as bytes[start, next). */
  private takeLine(
    accessor: FieldAccessor,
    bytes: Uint8Array,
    start: number,
    stop: number,
    next: number,
  ): void {
    this.lines++;
    if (this.alikeStart >= 0 && this.isAlike(accessor, bytes, start, stop)) {
      this.samples++;
      this.family.samples++;
      this.keepLine(start, next);
      return;
    }
    const kind = this.parser.parse(bytes, start, stop);
    switch (kind) {
      case LineKind.sample:
        if (this.keepsSample(accessor, bytes, start, stop)) this.keepLine(start, next);
        else this.dropped++;
        return;
      case LineKind.help:
      case LineKind.type:
      case LineKind.unit:
        this.takeMetadata(kind, bytes, start, next);
        return;
      case LineKind.eof:
        this.finishFamily();
        this.writer.keep(start, next);
        return;
      case LineKind.unreadable:
        this.unreadable++;
        this.keepLine(start, next);
        return;
      default:
        // Between a family's metadata and its first sample, a comment is the family's.
        if (this.family.isHeld && this.family.samples === 0) this.hold(bytes, start, next);
        else this.writer.keep(start, next);
    }
  }

  /** Keeps a line of the family, after its metadata. */
  private keepLine(start: number, next: number): void {
    if (this.family.isHeld) this.emitBlock();
    this.writer.keep(start, next);
  }

  private keepsSample(
    accessor: FieldAccessor,
    bytes: Uint8Array,
    start: number,
    stop: number,
  ): boolean {
    const { parser, family } = this;
    const { nameBytes, nameStart, nameEnd } = parser;
    let suffix = family.isOpen ? family.suffixOf(nameBytes, nameStart, nameEnd) : -1;
    if (suffix < 0) suffix = this.changeFamily();
    this.samples++;
    family.samples++;
    if (this.passes[suffix] === 1) return true;
    const { evaluation } = accessor;
    try {
      accessor.put(bytes, parser, family, suffix);
      const verdict = evaluation.decide(stop - start);
      if (evaluation.offering) evaluation.offer(bytes, start, stop, "prometheus_text");
      else if (evaluation.matching === false) this.noteUnmatched(accessor, suffix, bytes, start);
      return verdict !== Verdict.drop;
    } catch (error) {
      // A bug must not cost samples: the rest of the exposition is kept as it comes.
      this.fault = error;
      this.accessor = undefined;
      return true;
    }
  }

  /**
   * Remembers of a sample that no policy matches what others have to share to match none either.
   */
  private noteUnmatched(
    accessor: FieldAccessor,
    suffix: number,
    bytes: Uint8Array,
    start: number,
  ): void {
    const { parser } = this;
    if (!accessor.asksLabels) {
      this.passes[suffix] = 1;
      return;
    }
    // A name that is not quoted stands before the labels.
    if (parser.nameBytes !== bytes || parser.nameStart !== start) return;
    if (parser.labelsStart > 0) {
      this.alikeStart = start;
      this.alikeEnd = accessor.askedEnd > 0 ? accessor.askedEnd : parser.labelsStart;
    }
  }

  /** Whether the line is a sample that comes to the same as the remembered one. */
  private isAlike(
    accessor: FieldAccessor,
    bytes: Uint8Array,
    start: number,
    stop: number,
  ): boolean {
    const { alikeStart, alikeEnd, parser } = this;
    const end = start + alikeEnd - alikeStart;
    if (end >= stop || !sameBytes(bytes, alikeStart, alikeEnd, bytes, start, end)) return false;
    return parser.resume(bytes, end, stop) && !accessor.asksAny(bytes, parser);
  }

  /** Opens the family of the sample at hand; returns the suffix of its name. */
  private changeFamily(): number {
    const { parser, families } = this;
    const { nameBytes, nameStart, nameEnd } = parser;
    this.finishFamily();
    if (!families.isEmpty) {
      const same = families.find(nameBytes, nameStart, nameEnd);
      if (same !== undefined) {
        this.openFamily(nameBytes, nameStart, nameEnd, same);
        return 0;
      }
      const suffix = suffixOf(nameBytes, nameStart, nameEnd);
      const end = nameEnd - suffixLength(suffix);
      const base = suffix === 0 ? undefined : families.find(nameBytes, nameStart, end);
      if (base !== undefined && allowsSuffix(base.type, suffix)) {
        this.openFamily(nameBytes, nameStart, end, base);
        return suffix;
      }
    }
    this.openFamily(nameBytes, nameStart, nameEnd, undefined);
    return 0;
  }

  private takeMetadata(kind: LineKindIndex, bytes: Uint8Array, start: number, next: number): void {
    const { parser, family } = this;
    const { nameBytes, nameStart, nameEnd } = parser;
    const goesOn =
      family.isOpen && family.samples === 0 && family.isCalled(nameBytes, nameStart, nameEnd);
    if (!goesOn) {
      this.finishFamily();
      const known = this.families.find(nameBytes, nameStart, nameEnd);
      this.openFamily(nameBytes, nameStart, nameEnd, known);
    }
    family.describe(kind, parser, bytes, this.openMetrics);
    this.hold(bytes, start, next);
  }

  /** Opens a family, with what is remembered of it. */
  private openFamily(
    bytes: Uint8Array,
    start: number,
    end: number,
    known: Remembered | undefined,
  ): void {
    const { family } = this;
    this.passes.fill(0);
    this.alikeStart = -1;
    family.open(bytes, start, end);
    if (known !== undefined) family.recall(known);
  }

  private hold(bytes: Uint8Array, start: number, next: number): void {
    const { family } = this;
    family.hold(bytes, start, next);
    if (family.block.length > HELD_BYTES_MAX) this.emitBlock();
  }

  /** Lets the metadata out that waits. */
  private emitBlock(): void {
    const { family, writer } = this;
    if (!family.isHeld) return;
    family.isHeld = false;
    if (family.blockStart >= 0) writer.keep(family.blockStart, family.blockEnd);
    else writer.put(family.block.bytes, 0, family.block.length);
    family.block.clear();
  }

  private finishFamily(): void {
    const { family } = this;
    if (!family.isOpen) return;
    family.isOpen = false;
    // Without any sample there was nothing to drop.
    if (family.isHeld && family.samples === 0) this.emitBlock();
    if (family.hasMetadata && this.accessor !== undefined) this.families.remember(family);
    family.isHeld = false;
  }
}
