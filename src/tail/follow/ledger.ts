// What is on its way to the output: which position of which file each ticket stands for. Tickets
// are accepted in order, so there is no gap before a file's accepted position. Pure.

import type { Generation, Position } from "../read/generation.ts";

interface Sent {
  readonly file: Generation;
  readonly ticket: number;
  readonly position: Position;
  lines: number;
  bytes: number;
}

export class Ledger {
  readonly #onAccepted: (file: Generation) => void;
  readonly #sent: Sent[] = [];
  /** The first of `sent` that is not accepted; what is before it is let go now and then. */
  #first = 0;
  #accepted = 0;
  readonly #waiters: (() => void)[] = [];
  #issued = 0;

  /** `onAccepted`: a file's accepted position has moved. */
  constructor(onAccepted: (file: Generation) => void) {
    this.#onAccepted = onAccepted;
  }

  /** Batches that the output has not accepted yet. */
  get pending(): number {
    return this.#sent.length - this.#first;
  }

  /** Resolves when nothing is on its way. */
  whenSettled(): Promise<void> {
    if (this.pending === 0) return Promise.resolve();
    return new Promise((resolve) => void this.#waiters.push(resolve));
  }

  /** A batch goes to the output, or its last lines are held: the file is done up to `position`. */
  send(file: Generation, position: Position, lines: number, bytes: number): number {
    const ticket = ++this.#issued;
    this.#sent.push({ file, ticket, position, lines, bytes });
    return ticket;
  }

  /** Nothing of these bytes leaves; they are done with when all before them is accepted. */
  pass(file: Generation, position: Position): void {
    const ticket = this.#issued;
    if (ticket > this.#accepted) this.#sent.push({ file, ticket, position, lines: 0, bytes: 0 });
    else this.#settle(file, position);
  }

  /** The oldest lines of this source that are not accepted yet are given up. */
  lose(sourceId: number, lines: number, bytes: number): void {
    let linesLeft = lines;
    let bytesLeft = bytes;
    for (let i = this.#first; i < this.#sent.length && linesLeft > 0; i++) {
      const sent = this.#sent[i];
      if (sent === undefined || sent.file.source.id !== sourceId) continue;
      const lost = Math.min(linesLeft, sent.lines);
      const lostBytes = Math.min(bytesLeft, sent.bytes);
      sent.lines -= lost;
      sent.bytes -= lostBytes;
      sent.file.counts.lostLines += lost;
      sent.file.counts.lostBytes += lostBytes;
      linesLeft -= lost;
      bytesLeft -= lostBytes;
    }
  }

  /** The output has accepted everything up to this ticket. */
  accept(ticket: number): void {
    if (ticket <= this.#accepted) return;
    this.#accepted = ticket;
    while (this.#first < this.#sent.length) {
      const sent = this.#sent[this.#first];
      if (sent === undefined || sent.ticket > ticket) break;
      this.#first++;
      const { counts } = sent.file;
      counts.forwardedLines += sent.lines;
      counts.forwardedBytes += sent.bytes;
      this.#settle(sent.file, sent.position);
    }
    if (this.#first === this.#sent.length || this.#first >= LET_GO_MIN) {
      this.#sent.splice(0, this.#first);
      this.#first = 0;
    }
    if (this.pending === 0) for (const wake of this.#waiters.splice(0)) wake();
  }

  #settle(file: Generation, position: Position): void {
    file.accepted = position;
    if (position.offset >= file.size) file.behindSinceMs = undefined;
    this.#onAccepted(file);
  }
}

const LET_GO_MIN = 256;
