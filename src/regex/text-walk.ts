// Goes through the matches of a text in the cheapest way. As far as the regex and the text allow,
// quick-find.ts finds the matches alone, and groups are searched for inside a match only when the
// caller asks for them. Otherwise find.ts finds both.

import type { Finder } from "./find.ts";
import type { Meter } from "./meter.ts";
import type { MatchWalk } from "./port.ts";
import { Quick, type QuickFinder } from "./quick-find.ts";

/** If matches are closer to each other than this, they and their groups are found in one go. */
const DENSE_BYTES_MAX = 24;
const NO_BYTES = new Uint8Array(0);

/** The two ways in which a regex finds matches. */
export interface WalkSource {
  /** Undefined: this way is not possible for this regex. */
  quickFinder(): QuickFinder | undefined;
  capturer(meter: Meter): Finder;
  anyWalk(bytes: Uint8Array, start: number, end: number, from: number, meter: Meter): MatchWalk;
}

export class TextWalk implements MatchWalk {
  private readonly source: WalkSource;
  private readonly quick: QuickFinder | undefined;
  private isQuick = false;
  /** The other way, once it is taken. */
  private other: MatchWalk | undefined;
  private capturer: Finder | undefined;
  private bytes: Uint8Array = NO_BYTES;
  private start = 0;
  private end = 0;
  private position = 0;
  private meter: Meter | undefined;

  constructor(source: WalkSource) {
    this.source = source;
    this.quick = source.quickFinder();
  }

  begin(bytes: Uint8Array, start: number, end: number, from: number, meter: Meter): this {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.position = from;
    this.meter = meter;
    this.other = undefined;
    this.isQuick = !meter.ranOut && this.quick?.begin(bytes, start, end, from) === true;
    return this;
  }

  next(captures: Int32Array): boolean {
    const { meter, quick } = this;
    if (meter === undefined) return false;
    if (this.isQuick && quick !== undefined) {
      const found = quick.next(meter);
      const isDense = captures.length > 2 && quick.matchEnd - this.position < DENSE_BYTES_MAX;
      if (found === Quick.none) return this.over();
      if (found === Quick.found && !isDense) {
        this.position = quick.matchEnd;
        return this.take(quick, captures, meter) || this.over();
      }
      this.isQuick = false;
    }
    this.other ??= this.source.anyWalk(this.bytes, this.start, this.end, this.position, meter);
    return this.other.next(captures) || this.over();
  }

  private over(): false {
    this.stop();
    return false;
  }

  /** Reports the match that was found; false if there is no time for its groups. */
  private take(quick: QuickFinder, captures: Int32Array, meter: Meter): boolean {
    const { matchEnd, matchStart } = quick;
    if (captures.length > 2) {
      const { bytes, end, start } = this;
      this.capturer ??= this.source.capturer(meter);
      return this.capturer.capture(bytes, start, end, matchStart, matchEnd, captures, meter);
    }
    captures[0] = matchStart;
    captures[1] = matchEnd;
    return true;
  }

  stop(): void {
    this.quick?.stop();
    this.other?.stop();
    this.capturer?.stop();
    this.other = undefined;
    this.isQuick = false;
    this.bytes = NO_BYTES;
    this.meter = undefined;
  }
}
