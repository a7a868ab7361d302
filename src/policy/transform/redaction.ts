// One redaction by a regex: strings lose what it finds in them. It fails closed: a string that
// takes too much time or room, or of which nobody found out in time whether it is to be redacted,
// is replaced whole.

import type { Meter, Regex } from "../../regex/index.ts";
import { type ChangeText, ValueKind } from "../record-port.ts";
import { replaceAll, replacementOfAll } from "./replace.ts";
import { parseTemplate, type TemplatePart } from "./template.ts";

/** What the redactions of one object may cost, and what came of it. */
export interface Toll {
  readonly meter: Meter;
  /** Whether the policy matches was not found out: its redactions replace whole values. */
  isUndecided: boolean;
  /** Values that were replaced whole so far. */
  wholeValues: number;
}

export class Redaction {
  private readonly regex: Regex;
  private readonly template: readonly TemplatePart[];
  private readonly whole: Uint8Array;
  private toll: Toll | undefined;

  constructor(regex: Regex, replacement: string) {
    this.regex = regex;
    this.template = parseTemplate(replacement, regex.groupNames);
    this.whole = replacementOfAll(this.template);
  }

  /** The change to make of each value; good until the next call. */
  under(toll: Toll): ChangeText {
    this.toll = toll;
    return this.change;
  }

  private readonly change: ChangeText = (kind, text) => {
    const { toll } = this;
    if (kind !== ValueKind.string || toll === undefined) return undefined;
    if (!toll.isUndecided) {
      const redacted = replaceAll(this.regex, this.template, text, toll.meter);
      if (redacted !== "too_costly") return redacted;
    }
    toll.wholeValues++;
    return this.whole;
  };
}
