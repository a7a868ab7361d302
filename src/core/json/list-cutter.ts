// Removes elements from one JSON list or object, together with their commas. It is told about every
// element, in order, before and after the walk over it. The text of kept elements is never changed.

import type { Rewriter } from "../rewriter.ts";

export class ListCutter {
  private readonly rewriter: Rewriter;
  /** True if an element of this list was dropped. */
  droppedAny = false;
  private keptEnd = -1;
  /** End of the dropped elements after the last kept one; -1: there are none. */
  private droppedEnd = -1;
  /** What to cut if the current element is dropped: its start, and where that is in the output. */
  private cutStart = 0;
  private cutPosition = 0;

  constructor(rewriter: Rewriter) {
    this.rewriter = rewriter;
  }

  /** Begins a list. */
  begin(): void {
    this.keptEnd = -1;
    this.droppedEnd = -1;
    this.droppedAny = false;
  }

  /** True if an element of this list was kept. */
  get keptAny(): boolean {
    return this.keptEnd >= 0;
  }

  /** To be called before the walk over the element at `start`. */
  enter(start: number): void {
    const { rewriter, keptEnd, droppedEnd } = this;
    // After dropped elements, the first kept one has no comma before it; later ones keep theirs.
    if (keptEnd < 0 && droppedEnd >= 0) rewriter.skipTo(start);
    this.cutStart = keptEnd < 0 ? start : Math.max(keptEnd, droppedEnd);
    this.cutPosition = rewriter.positionOf(this.cutStart);
  }

  keep(end: number): void {
    this.keptEnd = end;
    this.droppedEnd = -1;
  }

  /** Removes the element from the output, whatever was done inside it. */
  drop(end: number): void {
    this.rewriter.cut(this.cutStart, end, this.cutPosition);
    this.droppedEnd = end;
    this.droppedAny = true;
  }
}
