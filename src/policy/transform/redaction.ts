// One redaction by a regex: it replaces what the regex finds in strings. It fails closed: a string
// is replaced whole if it takes too much time or room, or if there was no time to find out whether
// it should be redacted.

import type { Meter, Regex } from "../../regex/index.ts";
import { type TextChange, ValueKind, type ValueKindIndex } from "../record-port.ts";
import { Replaced, replacementOfAll, Replacer } from "./replace.ts";
import { parseTemplate } from "./template.ts";

/** What the redactions of one object may cost, and their outcome so far. */
export interface Toll {
  readonly meter: Meter;
  /** It is not known whether the policy matches, so its redactions replace whole values. */
  isUndecided: boolean;
  /** Values that were replaced whole so far, or removed by an undecided policy. */
  wholeValues: number;
}

export class Redaction implements TextChange {
  text: Uint8Array;
  length = 0;
  private readonly replacer: Replacer;
  private readonly whole: Uint8Array;
  private toll: Toll | undefined;

  constructor(regex: Regex, replacement: string) {
    const template = parseTemplate(replacement, regex.groupNames);
    this.replacer = new Replacer(regex, template);
    this.whole = replacementOfAll(template);
    this.text = this.whole;
  }

  /** The change to make to each value; valid until the next call. */
  under(toll: Toll): TextChange {
    this.toll = toll;
    return this;
  }

  applyTo(kind: ValueKindIndex, bytes: Uint8Array, start: number, end: number): boolean {
    const { replacer, toll, whole } = this;
    if (kind !== ValueKind.string || toll === undefined) return false;
    if (!toll.isUndecided) {
      const replaced = replacer.run(bytes, start, end, toll.meter);
      if (replaced === Replaced.nothing) return false;
      if (replaced === Replaced.some) {
        this.text = replacer.text;
        this.length = replacer.length;
        return true;
      }
    }
    toll.wholeValues++;
    this.text = whole;
    this.length = whole.length;
    return true;
  }
}
