// Cuts and replacements in a byte array, collected first and carried out once. What is not named is
// copied.

import { ByteWriter } from "./byte-writer.ts";

/** Ranges to cut out or replace. Ranges never overlap; they may be added in any order. */
export class Splices {
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];
  private readonly texts: (Uint8Array | undefined)[] = [];
  private sorted = true;

  /** How many there are: a mark to go back to with `truncate`. */
  get count(): number {
    return this.starts.length;
  }

  /** Replaces [start, end) by `text`; cuts it without. An empty range is an insertion. */
  add(start: number, end: number, text?: Uint8Array): void {
    const last = this.starts.length - 1;
    if (last >= 0 && (this.ends[last] as number) > start) this.sorted = false;
    this.starts.push(start);
    this.ends.push(end);
    this.texts.push(text);
  }

  /** Forgets all but the first `count`. */
  truncate(count: number): void {
    this.starts.length = count;
    this.ends.length = count;
    this.texts.length = count;
    if (count === 0) this.sorted = true;
  }

  /** `source` with everything carried out. */
  apply(source: Uint8Array): Uint8Array<ArrayBuffer> {
    const writing = this.writing(source);
    writing.goOn(NEVER);
    return writing.finish();
  }

  /** The same, to be done in parts; nothing may be added meanwhile. */
  writing(source: Uint8Array): SplicesWriting {
    const { starts, ends, texts } = this;
    const order = starts.map((_, i) => i);
    // An insertion goes before a cut that begins at the same place.
    if (!this.sorted) {
      order.sort(
        (a, b) =>
          (starts[a] as number) - (starts[b] as number) ||
          (ends[a] as number) - (ends[b] as number),
      );
    }
    return new SplicesWriting(source, starts, ends, texts, order);
  }
}

const NEVER = (): boolean => false;

/** Splices that are being carried out. */
export class SplicesWriting {
  private readonly source: Uint8Array;
  private readonly starts: readonly number[];
  private readonly ends: readonly number[];
  private readonly texts: readonly (Uint8Array | undefined)[];
  private readonly order: readonly number[];
  private readonly out: ByteWriter;
  private next = 0;
  private at = 0;

  constructor(
    source: Uint8Array,
    starts: readonly number[],
    ends: readonly number[],
    texts: readonly (Uint8Array | undefined)[],
    order: readonly number[],
  ) {
    this.source = source;
    this.starts = starts;
    this.ends = ends;
    this.texts = texts;
    this.order = order;
    let length = source.length;
    for (const i of order) {
      length += (texts[i]?.length ?? 0) - ((ends[i] as number) - (starts[i] as number));
    }
    this.out = new ByteWriter(length);
  }

  /** Until the last splice, or until a pause at some offset of the source; whether that is all. */
  goOn(isPauseDue: (at: number) => boolean): boolean {
    const { source, starts, ends, texts, order, out } = this;
    while (this.next < order.length) {
      const i = order[this.next++] as number;
      out.copy(source, this.at, starts[i] as number);
      const text = texts[i];
      if (text !== undefined) out.copy(text, 0, text.length);
      this.at = ends[i] as number;
      if (isPauseDue(this.at)) return false;
    }
    return true;
  }

  finish(): Uint8Array<ArrayBuffer> {
    this.out.copy(this.source, this.at, this.source.length);
    return this.out.finish();
  }
}

/**
 * Takes elements out of one list, with the commas that go: told of every element, in order. Each
 * run of dropped elements becomes one cut, and the text of kept elements is never touched.
 */
export class ListCutter {
  private keptEnd = -1;
  private runStart = -1;
  private runEnd = -1;
  private readonly splices: Splices;

  constructor(splices: Splices) {
    this.splices = splices;
  }

  /** Begins a list. */
  begin(): void {
    this.keptEnd = -1;
    this.runStart = -1;
  }

  /** True when an element of this list was kept. */
  get keptAny(): boolean {
    return this.keptEnd >= 0;
  }

  keep(start: number, end: number): void {
    if (this.runStart >= 0) {
      // The first kept element has no comma before it any more; later ones keep theirs.
      this.splices.add(this.runStart, this.keptEnd >= 0 ? this.runEnd : start);
      this.runStart = -1;
    }
    this.keptEnd = end;
  }

  drop(start: number, end: number): void {
    if (this.runStart < 0) this.runStart = this.keptEnd >= 0 ? this.keptEnd : start;
    this.runEnd = end;
  }

  /** Ends the list. */
  end(): void {
    if (this.runStart >= 0) this.splices.add(this.runStart, this.runEnd);
    this.runStart = -1;
  }
}
