// Takes bytes that were read to the output: they are framed, judged and handed on, and everything
// is counted. Of files it knows only their positions.

import type { Judged, LineBatch, LineFilter, LineOutput, LineSource } from "../ports.ts";
import { type Fingerprint, NO_FINGERPRINT } from "../read/fingerprint.ts";
import { Frame, Framer, type FrameIndex, type LongLineAction } from "../read/framer.ts";
import type { Generation, Position } from "../read/generation.ts";
import type { Ledger } from "./ledger.ts";

export interface DeliveryOptions {
  readonly filter: LineFilter;
  readonly output: LineOutput;
  readonly ledger: Ledger;
  readonly lineBytesMax: number;
  readonly longLines: LongLineAction;
  /** The filter threw: its lines go on as they are. */
  readonly onJudgeFailed: (reason: unknown, source: LineSource) => void;
}

/** What was read: the beginning of the line that was left over, and what is new behind it. */
export interface ReadBytes {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  /** Of what stands before `bytes[end]`. */
  guardAt(end: number): Fingerprint;
}

const EMPTY = new Uint8Array(0);
const NEWLINE = Uint8Array.of(10);

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #framer: Framer;
  /** Contents whose last parts are held with those of the content that took their place. */
  readonly #carried = new WeakMap<Generation, readonly Generation[]>();

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#framer = new Framer(options.lineBytesMax, options.longLines);
  }

  /**
   * Hands on the whole lines of what the reader has read, and leaves the beginning of the next one
   * with its file. Resolves when the reader's memory is free again.
   */
  async deliver(file: Generation, reader: ReadBytes): Promise<void> {
    const framer = this.#framer;
    const { bytes, to } = reader;
    // Where in the file byte 0 of the memory stands.
    const origin = file.readOffset - to;
    framer.isInsideLine = file.isInsideLine;
    framer.begin(bytes, reader.from, to);
    for (let kind = framer.next(); kind !== Frame.none; kind = framer.next()) {
      const { from, to: end, isInsideLine } = framer;
      const guard = reader.guardAt(end);
      const position = { offset: origin + end, isInsideLine, guard };
      const done =
        kind === Frame.dropped
          ? this.#drop(file, position, end - from, framer.begunLines)
          : this.#judge(
              file,
              position,
              batchOf(file, kind, bytes.subarray(from, end), origin + from),
            );
      if (done !== undefined) await done;
    }
    file.isInsideLine = framer.isInsideLine;
    file.begun = framer.at === to ? EMPTY : bytes.slice(framer.at, to);
  }

  /**
   * The file has ended, or its last line stood unfinished for too long: what was begun of it leaves
   * as a line.
   *
   * @param isOver nothing more will come of this content
   */
  async finish(file: Generation, isOver: boolean, isOpen = false): Promise<void> {
    const { begun, lineOffset, readOffset, source } = file;
    if (begun.length > 0) {
      file.begun = begun.subarray(0, 0);
      const bytes = isOpen ? begun : withNewline(begun);
      const guard = file.guardFingerprint();
      const position = { offset: readOffset, isInsideLine: false, guard };
      const isUnjudged = false;
      const batch = { source, bytes, start: lineOffset, end: readOffset, isOpen, isUnjudged };
      await this.#judge(file, position, batch);
    }
    if (!isOver) return;
    const judged = this.#options.filter.finish(source, true);
    const guard = file.guardFingerprint();
    if (judged !== undefined) {
      await this.#hand(file, { offset: readOffset, isInsideLine: false, guard }, judged);
    }
  }

  /**
   * The first bytes of a content come that took another one's place: a container's line may have
   * its first parts there, and the rest here.
   */
  carry(from: Generation, to: Generation): void {
    if (from.begun.length > 0 || !this.#options.filter.carry(from.source, to.source)) return;
    const earlier = this.#carried.get(from) ?? [];
    this.#carried.delete(from);
    this.#carried.set(to, [...earlier, from]);
  }

  /** What was carried here has been handed on: its own contents are done with. */
  #passCarried(file: Generation): void {
    const carried = this.#carried.get(file);
    if (carried === undefined) return;
    this.#carried.delete(file);
    for (const from of carried) {
      const guard = from.guardFingerprint();
      this.#options.ledger.pass(from, { offset: from.readOffset, isInsideLine: false, guard });
    }
  }

  #drop(file: Generation, position: Position, bytes: number, lines: number): undefined {
    const { counts } = file;
    counts.judgedBytes += bytes;
    counts.judgedLines += lines;
    counts.droppedBytes += bytes;
    counts.droppedLines += lines;
    this.#options.ledger.pass(file, position);
  }

  #judge(file: Generation, position: Position, batch: LineBatch): Promise<void> | undefined {
    file.counts.judgedBytes += batch.end - batch.start;
    return this.#hand(file, position, this.#judged(batch));
  }

  /** Fails open: what cannot be judged leaves as it is. */
  #judged(batch: LineBatch): Judged {
    try {
      return this.#options.filter.judge(batch);
    } catch (error) {
      const { source, bytes, isOpen, start, end } = batch;
      this.#options.onJudgeFailed(error, source);
      const kept = { source, bytes, lines: linesOf(bytes), isOpen, sourceBytes: end - start };
      return { kept, droppedLines: 0, droppedBytes: 0, heldBytes: 0 };
    }
  }

  #hand(file: Generation, end: Position, judged: Judged): Promise<void> | undefined {
    const { ledger, output } = this.#options;
    const { kept, droppedLines, droppedBytes, heldBytes } = judged;
    const { counts } = file;
    counts.judgedLines += kept.lines + droppedLines;
    counts.droppedLines += droppedLines;
    counts.droppedBytes += droppedBytes;
    // What is held is read again after a restart.
    const position = heldBytes === 0 ? end : before(end, heldBytes);
    if (kept.bytes.length === 0) {
      ledger.pass(file, position);
      if (heldBytes === 0) this.#passCarried(file);
      return undefined;
    }
    const ticket = ledger.send(file, position, kept.lines, kept.sourceBytes);
    if (heldBytes === 0) this.#passCarried(file);
    return output.write(kept, ticket);
  }
}

function batchOf(
  { source }: Generation,
  kind: FrameIndex,
  bytes: Uint8Array,
  start: number,
): LineBatch {
  const end = start + bytes.length;
  const isOpen = kind === Frame.passing;
  const isUnjudged = isOpen || kind === Frame.passed;
  const text = kind === Frame.part ? withNewline(bytes) : bytes;
  return { source, bytes: text, start, end, isOpen, isUnjudged };
}

function before({ offset }: Position, bytes: number): Position {
  // Some of them may be of another content, which was before.
  return { offset: Math.max(0, offset - bytes), isInsideLine: false, guard: NO_FINGERPRINT };
}

function withNewline(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, NEWLINE]);
}

function linesOf(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}
