// What the parts of the tailer say to each other: readers hand on batches of whole lines, a filter
// says which of them stay, an output takes what stays and says when it has accepted it. No I/O.
//
//   reader ── LineBatch ──▶ filter ─ KeptLines ──▶ output ── accepted(ticket) ──▶ checkpoint
//
// All of it is per batch (some 64 KiB to 1 MiB), never per line. One batch is on its way at a time:
// the reader goes on when `write` is done with it, which is the back-pressure.

import type { ResourceAttributes } from "../protocols/lines/index.ts";

/** Where lines come from: one generation of a file (a rotated file is another source), or stdin. */
export interface LineSource {
  /** Counts up from 1 and is never used again in a run. */
  readonly id: number;
  readonly kind: "file" | "stdin";
  /** As it was found, which is how users know it; "-" for stdin. */
  readonly path: string;
}

/** Whole lines of one source in their order, as they stood in it but for what `edits` says. */
export interface LineBatch {
  readonly source: LineSource;
  /**
   * Lines with their newline, never empty. Borrowed until the filter and then the output are done
   * with it: the reader uses the memory again.
   */
  readonly bytes: Uint8Array;
  /**
   * Where in the source the first line began, and the position behind the last. What lies between
   * is longer than `bytes` where a line was truncated, and shorter where one was split.
   */
  readonly start: number;
  readonly end: number;
  /**
   * The last line has no newline, and the output adds none: stdin ended without one, or it is a
   * piece of a line that passes. A file's last line gets one when it leaves unfinished, because
   * another file's lines may follow.
   */
  readonly isOpen: boolean;
  /**
   * A piece of a line above `max_line` that passes as it is (`max_line_action` is `pass`): it is
   * not to be judged. Its further pieces are batches of their own, all but the last of them open.
   */
  readonly isUnjudged: boolean;
}

/** Lines that leave. */
export interface KeptLines {
  readonly source: LineSource;
  /** Each with a newline, but for the last when `isOpen`; may be empty. Borrowed as in a batch. */
  readonly bytes: Uint8Array;
  readonly lines: number;
  readonly isOpen: boolean;
  /** Bytes of the source that these lines were: what counts as forwarded, or as lost. */
  readonly sourceBytes: number;
  /** What the lines come from, as policies left it. Default: nothing is known of it. */
  readonly resource?: ResourceAttributes;
}

/** In bytes of the source: kept + dropped + held = end − start + what was held before. */
export interface Judged {
  readonly kept: KeptLines;
  /** Of all lines that were judged: those that line rules or policies dropped. */
  readonly droppedLines: number;
  readonly droppedBytes: number;
  /**
   * Bytes at the end of the batch that the filter keeps back, because more of them must come: the
   * parts of a container's line. They are neither kept nor dropped yet; a checkpoint ends before
   * them.
   */
  readonly heldBytes: number;
}

/** Line rules, formats and policies: what happens to lines. Never throws for what lines hold. */
export interface LineFilter {
  judge(batch: LineBatch): Judged;
  /**
   * The source has ended (it was truncated, replaced, or the program stops and `isFinal` is false):
   * with `isFinal` what was held comes out as it is; without, it is forgotten, to be read again.
   */
  finish(source: LineSource, isFinal: boolean): Judged | undefined;
  /** What is held of one source comes before what follows of another; false: nothing is. */
  carry(from: LineSource, to: LineSource): boolean;
}

/** Where kept lines go. Opened by its factory; calls of `write` never overlap. */
export interface LineOutput {
  /**
   * Takes lines over. Undefined: done with the bytes, and there is room for more; a promise: so as
   * soon as it resolves. It waits as long as it takes; nothing is dropped for want of room.
   * `ticket` counts up by 1 from 1.
   */
  write(lines: KeptLines, ticket: number): Promise<void> | undefined;
  /** The reader has nothing more at hand: what waits in buffers is to go out. Does not wait. */
  flush(): void;
  /** Resolves when what was accepted before the call survives a crash; rejects if it cannot. */
  sync(): Promise<void>;
  /** SIGHUP: another file may stand at the path. Of no effect for what is no file. */
  reopen(): Promise<void>;
  /**
   * Sends what is there, then closes; resolves at `deadlineMs` (of `performance.now()`) at the
   * latest. What was not accepted by then is not: it is read again after the next start.
   */
  close(deadlineMs: number): Promise<void>;
}

/** What an output tells of its own accord. */
export interface OutputEvents {
  /**
   * Everything up to this ticket has been taken over: written to the file or pipe, answered by the
   * backend, or given up as `lost`. Tickets are accepted in their order; one call may accept many.
   */
  accepted(ticket: number): void;
  /**
   * The other side refused these lines for good (not: is down or full, which is waited for). Called
   * before their ticket is accepted.
   */
  lost(source: LineSource, lines: number, bytes: number, reason: string): void;
  /** It cannot take anything at present (disk full, backend down): told once, until it is over. */
  troubled(reason: string): void;
  recovered(): void;
  /** It will never take anything again: stdout was closed. The program ends with exit code 1. */
  failed(reason: string): void;
}

/**
 * What is counted of a source, in lines and bytes of the source. At rest
 * read = judged = forwarded + dropped + lost, and `unread` is what nobody will ever read.
 */
export interface LineCounts {
  /** Bytes taken from the source, and those of them that were judged: all but a begun line. */
  readBytes: number;
  judgedBytes: number;
  judgedLines: number;
  /** Accepted by the output. */
  forwardedLines: number;
  forwardedBytes: number;
  /** By line rules, policies, and `max_line_action`. */
  droppedLines: number;
  droppedBytes: number;
  /** Refused by the output for good. */
  lostLines: number;
  lostBytes: number;
  /** What truncation, rotation or deletion took away before it was read; not in `readBytes`. */
  unreadBytes: number;
}
