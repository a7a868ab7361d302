// Goes through a block of lines that a container runtime wrote, joins the parts of a line, and has
// what the container wrote judged. The lines of a dropped record are removed; those of an edited
// one become a single line; all others keep their bytes.

import type { Rewriter } from "../../../core/rewriter.ts";
import { type LineJudging, LineVerdict, type LineVerdictIndex } from "../line-judging.ts";
import { type ContainerFormat, type ContainerLine, STREAM_COUNT } from "./container-line.ts";
import { CriLine } from "./cri-line.ts";
import { DockerLine } from "./docker-line.ts";
import { LineChanges } from "./line-changes.ts";
import { LineParts } from "./line-parts.ts";

const NEWLINE = 0x0a;

export function containerLine(format: ContainerFormat): ContainerLine {
  return format === "cri" ? new CriLine() : new DockerLine();
}

export class ContainerBlock {
  private readonly line: ContainerLine;
  private readonly changes = new LineChanges();
  /** By stream: the parts of the line that is not at its end. */
  private readonly open = Array.from({ length: STREAM_COUNT }, () => new LineParts());
  lines = 0;
  cutLines = 0;
  excludedBytes = 0;
  droppedBytes = 0;

  constructor(format: ContainerFormat) {
    this.line = containerLine(format);
  }

  /**
   * Up to where a block can be judged: to where parts of a line wait for the rest, as long as they
   * are no more than `heldBytesMax`.
   */
  end(block: Uint8Array, heldBytesMax: number): number {
    const settled = this.settledEnd(block);
    return block.length - settled <= heldBytesMax ? settled : block.length;
  }

  /** Has all lines judged; `rewriter` has opened the block. */
  walk(block: Uint8Array, judging: LineJudging, rewriter: Rewriter): void {
    this.lines = this.cutLines = this.excludedBytes = this.droppedBytes = 0;
    for (let at = 0; at < block.length;) {
      const next = nextLine(block, at);
      this.lines++;
      this.judgeLine(block, at, next, judging);
      at = next;
    }
    for (const parts of this.open) if (!parts.isEmpty) this.judgeParts(block, parts, judging, true);
    this.changes.applyTo(rewriter);
  }

  release(): void {
    this.line.release();
    this.changes.clear();
    for (const parts of this.open) parts.clear();
  }

  /** The offset of the last line at whose end no stream is within a line. */
  private settledEnd(block: Uint8Array): number {
    let settled = 0;
    let within = 0;
    for (let at = 0; at < block.length;) {
      const next = nextLine(block, at);
      if (this.line.read(block, at, textEnd(block, at, next))) {
        const bit = 1 << this.line.stream;
        within = this.line.isPartial ? within | bit : within & ~bit;
      }
      if (within === 0) settled = next;
      at = next;
    }
    return settled;
  }

  private judgeLine(block: Uint8Array, at: number, next: number, judging: LineJudging): void {
    const { changes, line } = this;
    if (!line.read(block, at, textEnd(block, at, next))) {
      judging.countUnreadable();
      return;
    }
    const parts = this.open[line.stream] as LineParts;
    if (line.isPartial || !parts.isEmpty) {
      parts.add(at, next, line);
      if (!line.isPartial) this.judgeParts(block, parts, judging, false);
      return;
    }
    const verdict = judging.judge(line.text, line.textStart, line.textEnd);
    if (verdict === LineVerdict.keep) return;
    if (verdict === LineVerdict.edit) {
      changes.add(at, textEnd(block, at, next), line.write(judging.text, false));
    } else this.cut(at, next, verdict);
  }

  private judgeParts(
    block: Uint8Array,
    parts: LineParts,
    judging: LineJudging,
    isPartial: boolean,
  ): void {
    const { changes, line } = this;
    const verdict = judging.judge(parts.text, 0, parts.length);
    if (verdict === LineVerdict.edit) {
      // All of it becomes the first line; the end of that is not a part of any text.
      const [start, next] = parts.rangeOf(0);
      const end = textEnd(block, start, next);
      line.read(block, start, end);
      changes.add(start, end, line.write(judging.text, isPartial));
      for (let i = 1; i < parts.count; i++) changes.add(...parts.rangeOf(i));
    } else if (verdict !== LineVerdict.keep) {
      for (let i = 0; i < parts.count; i++) this.cut(...parts.rangeOf(i), verdict);
    }
    parts.clear();
  }

  private cut(start: number, next: number, verdict: LineVerdictIndex): void {
    this.changes.add(start, next);
    this.cutLines++;
    if (verdict === LineVerdict.drop) this.droppedBytes += next - start;
    else this.excludedBytes += next - start;
  }
}

/** Offset behind the line at `at` and its line end. */
function nextLine(block: Uint8Array, at: number): number {
  const newline = block.indexOf(NEWLINE, at);
  return newline < 0 ? block.length : newline + 1;
}

/** Where the line bytes[start, next) ends without its line end. */
function textEnd(block: Uint8Array, start: number, next: number): number {
  return next > start && block[next - 1] === NEWLINE ? next - 1 : next;
}
