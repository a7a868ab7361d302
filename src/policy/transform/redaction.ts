// One redaction by a regex: strings lose what it finds in them. It fails closed: a string that
// takes too much time or room, or of which nobody found out in time whether it is to be redacted,
// is replaced whole.

import type { Meter, Regex } from "../../regex/index.ts";
import { type TextChange, ValueKind, type ValueKindIndex } from "../record-port.ts";
import { Replaced, replacementOfAll, Replacer } from "./replace.ts";
import { parseTemplate } from "./template.ts";

/** What the redactions of one object may cost, and what came of it. */
export interface Toll {
  readonly meter: Meter;
  /** Whether the policy matches was not found out: its redactions replace whole values. */
  isUndecided: boolean;
  /** Values that were replaced whole so far, or removed by a policy that is undecided. */
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

  /** The change to make of each value; good until the next call. */
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
