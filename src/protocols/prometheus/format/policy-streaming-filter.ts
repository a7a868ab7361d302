// Filters a text exposition as it streams by: chunks of any size in, ranges of kept bytes out.
// Memory is bounded whatever the exposition: the current line, the metadata of the current family,
// and a table of families of a fixed size. What cannot be judged goes out as it came.

import { sameRange } from "../../../core/bytes.ts";
import { Verdict } from "../../../policy/record-port.ts";
import { ExpositionFilter, type ExpositionFilterOptions } from "./exposition-filter.ts";
import { FamilyTable } from "./family-table.ts";
import { allowsSuffix, SUFFIX_COUNT, suffixLength, suffixOf } from "./family-type.ts";
import { Family, type Remembered } from "./family.ts";
import type { FieldAccessor } from "./field-accessor.ts";
import { HELD_BYTES_MAX } from "../../../core/limits.ts";
import { LineMode, type LineModeIndex, LineStream, type LineTaker, TAKEN } from "./line-stream.ts";
import { LineKind, type LineKindIndex, LineParser } from "./line-parser.ts";

/** The options of all expositions, and which of the two text formats it is. */
export interface StreamingFilterOptions extends ExpositionFilterOptions {
  /** The exposition is OpenMetrics text. Default: text format 0.0.4. */
  readonly openMetrics?: boolean;
}

/**
 * An exposition in text, filtered.
 *
 * @example
 * const filter = new PolicyStreamingFilter({ evaluation, sink });
 * for await (const chunk of stream) filter.push(chunk);
 * filter.end();
 */
export class PolicyStreamingFilter extends ExpositionFilter implements LineTaker {
  protected readonly unreadableIs = "lines that are no samples";
  protected readonly tooLongIs = { reason: "line_too_long", detail: "lines above 1 MiB" } as const;
  private readonly openMetrics: boolean;
  private readonly parser = new LineParser();
  private readonly family = new Family();
  private readonly families = new FamilyTable();
  /** By suffix: whether samples of the current family are kept because no policy looks at them. */
  private readonly passes = new Uint8Array(SUFFIX_COUNT);
  /**
   * Beginning of a sample that no policy matches, up to the last label that any policy asks for.
   * Samples of the family that begin in the same way and continue with other labels, like the
   * buckets of a histogram, have the same outcome. Positions in the current chunk; -1: none.
   */
  private alikeStart = -1;
  private alikeEnd = -1;
  private readonly stream = new LineStream(this);

  constructor(options: StreamingFilterOptions) {
    super(options);
    this.openMetrics = options.openMetrics ?? false;
  }

  protected take(chunk: Uint8Array): undefined {
    this.stream.push(chunk);
  }

  protected finish(): void {
    this.stream.end();
    this.finishFamily();
    this.leave();
  }

  begin(bytes: Uint8Array): void {
    this.writer.begin(bytes);
    this.alikeStart = -1;
  }

  leave(): void {
    this.writer.flush();
    this.family.leaveChunk();
  }

  get isFull(): boolean {
    return this.writer.isFull;
  }

  long(bytes: Uint8Array, start: number, end: number, isFirst: boolean): void {
    if (isFirst) {
      this.lines++;
      this.tooLong++;
      // It may be a sample of the family.
      this.emitBlock();
    }
    this.writer.put(bytes, start, end);
  }

  line(bytes: Uint8Array, start: number, stop: number, next: number, mode: LineModeIndex): number {
    const { accessor, parser } = this;
    if (accessor === undefined) {
      this.lines++;
      this.writer.keep(start, next);
      return TAKEN;
    }
    if (this.alikeStart >= 0 && this.isAlike(accessor, bytes, start, stop)) {
      this.lines++;
      this.samples++;
      this.family.samples++;
      this.keepLine(start, next);
      return TAKEN;
    }
    const kind = parser.parse(bytes, start, stop);
    if (parser.openAt >= 0 && mode !== LineMode.single) return parser.openAt;
    // Several lines count as one only if they can be read as one.
    if (mode === LineMode.joined && !isWithStrings(kind)) return start;
    this.lines++;
    this.takeLine(accessor, kind, bytes, start, stop, next);
    return TAKEN;
  }

  /** Takes the line that the parser has just read. */
  private takeLine(
    accessor: FieldAccessor,
    kind: LineKindIndex,
    bytes: Uint8Array,
    start: number,
    stop: number,
    next: number,
  ): void {
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
        // A comment between a family's metadata and its first sample belongs to the family.
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
    family.meet(suffix);
    if (this.passes[suffix] === 1) return true;
    const { evaluation } = accessor;
    try {
      accessor.put(bytes, parser, family, suffix);
      const verdict = evaluation.decide(stop - start);
      if (evaluation.offering) evaluation.offer(bytes, start, stop, "prometheus_text");
      else if (evaluation.matching === false) this.noteUnmatched(accessor, suffix, bytes, start);
      return verdict !== Verdict.drop;
    } catch (error) {
      this.failed(error);
      return true;
    }
  }

  /**
   * Remembers what other samples must have in common with an unmatched one in order to match
   * nothing either.
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
    // An unquoted name comes before the labels.
    if (parser.nameBytes !== bytes || parser.nameStart !== start) return;
    if (parser.labelsStart > 0) {
      this.alikeStart = start;
      this.alikeEnd = accessor.askedEnd > 0 ? accessor.askedEnd : parser.labelsStart;
    }
  }

  /** Whether the line is a sample with the same outcome as the remembered one. */
  private isAlike(
    accessor: FieldAccessor,
    bytes: Uint8Array,
    start: number,
    stop: number,
  ): boolean {
    const { alikeStart, alikeEnd, parser } = this;
    const end = start + alikeEnd - alikeStart;
    if (end >= stop || !sameRange(bytes, alikeStart, alikeEnd, bytes, start, end)) return false;
    return parser.resume(bytes, end, stop) && !accessor.asksAny(bytes, parser);
  }

  /** Opens the family of the current sample; returns the suffix of its name. */
  private changeFamily(): number {
    const { parser, families } = this;
    const { nameBytes, nameStart, nameEnd } = parser;
    this.finishFamily();
    const same = families.find(nameBytes, nameStart, nameEnd);
    if (same?.isSettled !== true) {
      const suffix = suffixOf(nameBytes, nameStart, nameEnd);
      const end = nameEnd - suffixLength(suffix);
      const base = suffix === 0 ? undefined : families.find(nameBytes, nameStart, end);
      if (base !== undefined && (same === undefined || hasSeen(base, suffix))) {
        const isDenied = (base.denied & (1 << suffix)) !== 0;
        if (allowsSuffix(base.type, suffix) && !isDenied) {
          this.openFamily(nameBytes, nameStart, end, base);
          return suffix;
        }
      }
    }
    this.openFamily(nameBytes, nameStart, nameEnd, same);
    return 0;
  }

  private takeMetadata(kind: LineKindIndex, bytes: Uint8Array, start: number, next: number): void {
    const { parser, family, families } = this;
    const { nameBytes, nameStart, nameEnd } = parser;
    const goesOn =
      family.isOpen && family.samples === 0 && family.isCalled(nameBytes, nameStart, nameEnd);
    if (!goesOn) {
      this.finishFamily();
      const known = families.find(nameBytes, nameStart, nameEnd);
      if (known === undefined && this.isOfAnother(nameBytes, nameStart, nameEnd)) {
        this.writer.keep(start, next);
        return;
      }
      this.openFamily(nameBytes, nameStart, nameEnd, known);
    }
    const wasSettled = family.isSettled;
    family.describe(kind, parser, bytes, this.openMetrics);
    if (kind === LineKind.type && !wasSettled) families.separate(family);
    this.hold(bytes, start, next);
  }

  /** Whether samples with this name were judged as samples of a family with a shorter name. */
  private isOfAnother(bytes: Uint8Array, start: number, end: number): boolean {
    const suffix = suffixOf(bytes, start, end);
    if (suffix === 0) return false;
    const base = this.families.find(bytes, start, end - suffixLength(suffix));
    return base !== undefined && hasSeen(base, suffix);
  }

  /** Opens a family, including what is remembered of it. */
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

  /** Forwards the waiting metadata. */
  private emitBlock(): void {
    const { family, writer } = this;
    if (!family.isHeld) return;
    family.isHeld = false;
    family.isRemembered = false;
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
    const isKnown = family.isRemembered || !(family.hasMetadata || family.isSettled);
    if (!isKnown && this.accessor !== undefined) this.families.remember(family);
    family.isHeld = false;
  }
}

/** Whether quoted strings have a meaning in lines of this kind. */
function isWithStrings(kind: LineKindIndex): boolean {
  return kind === LineKind.sample || isMetadata(kind);
}

function isMetadata(kind: LineKindIndex): boolean {
  return kind === LineKind.help || kind === LineKind.type || kind === LineKind.unit;
}

/** Whether the family has had samples whose names end with this suffix. */
function hasSeen(family: Remembered, suffix: number): boolean {
  return (family.seen & (1 << suffix)) !== 0;
}
