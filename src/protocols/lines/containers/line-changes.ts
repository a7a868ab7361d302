// Lines of a block that are removed or replaced. Changes may be reported in any order, because a
// line in parts is judged at its last one; they are carried out in the order of the block.

import type { Rewriter } from "../../../core/rewriter.ts";

export class LineChanges {
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];
  private readonly texts: (Uint8Array | undefined)[] = [];
  private isSorted = true;

  /** [start, end) becomes `text`; without, it goes. Ranges never overlap. */
  add(start: number, end: number, text?: Uint8Array): void {
    const last = this.starts.length - 1;
    if (last >= 0 && (this.starts[last] as number) > start) this.isSorted = false;
    this.starts.push(start);
    this.ends.push(end);
    this.texts.push(text);
  }

  /** Carries all of them out and forgets them. */
  applyTo(rewriter: Rewriter): void {
    const { starts, ends, texts } = this;
    const order = this.isSorted ? undefined : starts.map((_, i) => i);
    order?.sort((a, b) => (starts[a] as number) - (starts[b] as number));
    for (let i = 0; i < starts.length; i++) {
      const at = order === undefined ? i : (order[i] as number);
      const start = starts[at] as number;
      const end = ends[at] as number;
      const text = texts[at];
      if (text === undefined) {
        rewriter.copyTo(start);
        rewriter.skipTo(end);
      } else rewriter.replace(start, end, text, 0, text.length);
    }
    this.clear();
  }

  clear(): void {
    this.starts.length = 0;
    this.ends.length = 0;
    this.texts.length = 0;
    this.isSorted = true;
  }
}
