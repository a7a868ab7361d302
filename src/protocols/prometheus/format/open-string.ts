// Finds the real end of a line in which a quoted string is still open at the newline: Prometheus
// takes a newline between quotes as a part of the value. Continues byte by byte across chunks, and
// gives up as soon as what follows a string cannot follow one: then the quote was never closed.

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** The bytes end before the line does. */
export const MORE = -1;
/** It is not a line with newlines in its strings. */
export const BROKEN = -2;

const State = {
  inString: 0,
  escaped: 1,
  /** After a closing quote. */
  afterString: 2,
  /** Between the braces, outside strings. */
  inBraces: 3,
  /** After the braces: value, timestamp, exemplars. */
  behind: 4,
  /** After the name of metadata: text up to the newline. */
  text: 5,
  broken: 6,
} as const;
type StateIndex = (typeof State)[keyof typeof State];

export class OpenString {
  /** How far the last bytes were read. */
  at = 0;
  private state: StateIndex = State.inString;
  private isMetadata = false;

  /** Begins after an opening quote. */
  begin(isMetadata: boolean): void {
    this.state = State.inString;
    this.isMetadata = isMetadata;
  }

  /** Whether the line could end here without a newline, as the last line of an exposition may. */
  get isComplete(): boolean {
    return this.state === State.behind || this.state === State.text;
  }

  /** Where the line ends, after its newline, within bytes[start, end); otherwise MORE or BROKEN. */
  scan(bytes: Uint8Array, start: number, end: number): number {
    let { state } = this;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte === NEWLINE && (state === State.behind || state === State.text)) return at + 1;
      state = this.next(state, byte);
      if (state !== State.broken) continue;
      this.at = at;
      return BROKEN;
    }
    this.at = end;
    this.state = state;
    return MORE;
  }

  private next(state: StateIndex, byte: number): StateIndex {
    switch (state) {
      case State.inString:
        if (byte === QUOTE) return this.isMetadata ? State.text : State.afterString;
        return byte === BACKSLASH ? State.escaped : state;
      case State.escaped:
        return State.inString;
      case State.afterString:
        if (byte === 0x2c || byte === 0x3d) return State.inBraces;
        if (byte === CLOSE) return State.behind;
        return byte === 0x20 || byte === 0x09 ? state : State.broken;
      case State.inBraces:
        if (byte === QUOTE) return State.inString;
        if (byte === CLOSE) return State.behind;
        return byte === NEWLINE ? State.broken : state;
      case State.behind:
        if (byte === OPEN) return State.inBraces;
        return byte === QUOTE ? State.broken : state;
      default:
        return state;
    }
  }
}
