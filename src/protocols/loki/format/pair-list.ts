// Labels or structured metadata that are being edited: names with their texts, in order; a name may
// occur several times. What was not changed is written as it was read; each encoding knows how
// pairs are read and written.

import { sameBytes } from "../../../core/bytes.ts";

export interface Pair {
  readonly name: Uint8Array;
  text: Uint8Array;
  /** Whether its text is another than it was. */
  isChanged: boolean;
  /** Where it stands in the source; undefined: it is new. */
  readonly source: PairSource | undefined;
}

/** What stands between the delimiters around a pair, and the text within that. */
export interface PairSource {
  readonly from: number;
  readonly to: number;
  readonly textFrom: number;
  readonly textTo: number;
}

export class PairList {
  pairs: Pair[] = [];
  changed = false;

  /** Bytes of all names and texts. */
  get length(): number {
    let length = 0;
    for (const { name, text } of this.pairs) length += name.length + text.length;
    return length;
  }

  clear(): void {
    this.pairs = [];
    this.changed = false;
  }

  /** Takes a pair over from the source. */
  read(name: Uint8Array, text: Uint8Array, source: PairSource): void {
    this.pairs.push({ name, text, isChanged: false, source });
  }

  append(name: Uint8Array, text: Uint8Array): void {
    this.pairs.push({ name, text, isChanged: false, source: undefined });
    this.changed = true;
  }

  /** Whether the text was another. */
  setText(pair: Pair, text: Uint8Array): boolean {
    if (sameBytes(pair.text, text)) return false;
    pair.text = text;
    pair.isChanged = this.changed = true;
    return true;
  }

  /** Takes all out of which the answer is true; whether there were any. */
  removeAll(goes: (pair: Pair) => boolean): boolean {
    const stay = this.pairs.filter((pair) => !goes(pair));
    if (stay.length === this.pairs.length) return false;
    this.pairs = stay;
    this.changed = true;
    return true;
  }
}
