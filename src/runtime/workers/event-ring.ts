// Passes events from one thread to another through shared memory: a ring with one writer and one
// reader. What was written can be read even after the writer has ended. It never waits: what does
// not fit is added up until there is room, or else lost and counted.

import type { EventBus, EventName, Events } from "../../o11y/index.ts";
import { EVENT_ROWS, ROW_CODES } from "./event-codec.ts";
import { WaitingSums } from "./waiting-sums.ts";
import { EVENT_RING_BYTES, EVENT_STRINGS_BYTES, EVENTS_AT_ONCE } from "../../core/limits.ts";

/** Words before the ring. Positions count words of eight bytes and run over at 2^32. */
/** An even number of them: what follows are words of eight bytes. */
const Head = { written: 0, read: 1, lost: 2, asked: 3, resting: 4, words: 6 } as const;
const WORD_BYTES = 8;
/** A power of two, so that positions may run over. */
const RING_WORDS = EVENT_RING_BYTES / WORD_BYTES;
const RING_AT = Head.words * 4 + EVENT_STRINGS_BYTES;
/** First word of a record: its code, and bytes or words that follow. */
const SKIP = 0xffff;
const JSON_CODE = 0xfffe;
const LENGTH_FACTOR = 0x10000;
/** Stands for a field that the event does not have; no field has it as its value. */
const ABSENT = Number.NaN;

/** Memory for one ring. */
export function createEventRing(): SharedArrayBuffer {
  return new SharedArrayBuffer(RING_AT + EVENT_RING_BYTES);
}

class Ring {
  readonly head: Int32Array;
  readonly strings: Uint8Array;
  readonly numbers: Float64Array;
  readonly bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.head = new Int32Array(memory, 0, Head.words);
    this.strings = new Uint8Array(memory, Head.words * 4, EVENT_STRINGS_BYTES);
    this.numbers = new Float64Array(memory, RING_AT, RING_WORDS);
    this.bytes = new Uint8Array(memory, RING_AT, EVENT_RING_BYTES);
  }
}

export class EventRingWriter {
  readonly #ring: Ring;
  readonly #ask: () => void;
  readonly #strings = new Map<string, number>();
  readonly #waiting = new WaitingSums();
  #stringsEnd = 0;
  #written = 0;
  /** Events for which the reader is still asked at once, until the next flush. */
  #atOnce = EVENTS_AT_ONCE;

  /** `ask`: called when the reader should look soon, at most once before it does. */
  constructor(memory: SharedArrayBuffer, ask: () => void) {
    this.#ring = new Ring(memory);
    this.#ask = ask;
  }

  write<N extends EventName>(name: N, event: Events[N]): void {
    this.#writeWaiting();
    if (!this.#tryWrite(name, event) && !this.#waiting.add(name, event)) {
      Atomics.add(this.#ring.head, Head.lost, 1);
    }
    // What is no row is rare and may be the last line of a log: a fatal signal loses what waits.
    const isUrgent = this.#atOnce > 0 && !ROW_CODES.has(name);
    if (isUrgent) this.#atOnce--;
    else if (this.#used() < RING_WORDS / 2 && !this.#isReaderResting) return;
    if (Atomics.exchange(this.#ring.head, Head.asked, 1) === 0) this.#ask();
  }

  /** Writes what has waited for room; to be called now and then, as the last event may wait. */
  flush(): void {
    this.#atOnce = EVENTS_AT_ONCE;
    this.#writeWaiting();
  }

  #writeWaiting(): void {
    if (this.#waiting.size > 0) this.#waiting.drain((name, event) => this.#tryWrite(name, event));
  }

  get #isReaderResting(): boolean {
    return Atomics.load(this.#ring.head, Head.resting) === 1;
  }

  /** False when there is no room. */
  #tryWrite<N extends EventName>(name: N, event: Events[N]): boolean {
    const code = ROW_CODES.get(name);
    const written = code === undefined ? undefined : this.#writeRow(code, event);
    return written ?? this.#writeJson(name, event);
  }

  /** Undefined when the strings have no room for a label. */
  #writeRow(code: number, event: object): boolean | undefined {
    const { fields } = EVENT_ROWS[code] ?? { fields: [] };
    const at = this.#reserve(1 + fields.length);
    if (at < 0) return false;
    const { numbers } = this.#ring;
    const values = event as Readonly<Record<string, number | string>>;
    for (let i = 0; i < fields.length; i++) {
      const value = values[(fields[i] as readonly [string, string])[0]];
      const number = typeof value === "string" ? this.#stringAt(value) : (value ?? ABSENT);
      if (number < 0 && typeof value === "string") return undefined;
      numbers[at + 1 + i] = number;
    }
    numbers[at] = code;
    this.#publish(at + 1 + fields.length);
    return true;
  }

  #writeJson(name: string, event: object): boolean {
    const bytes = Buffer.from(JSON.stringify([name, event]));
    const words = Math.ceil(bytes.length / WORD_BYTES);
    const at = this.#reserve(1 + words);
    if (at < 0) return false;
    this.#ring.numbers[at] = JSON_CODE + bytes.length * LENGTH_FACTOR;
    this.#ring.bytes.set(bytes, (at + 1) * WORD_BYTES);
    this.#publish(at + 1 + words);
    return true;
  }

  /** Where that many words fit in one piece; -1 when nowhere. */
  #reserve(words: number): number {
    const at = this.#written & (RING_WORDS - 1);
    const skipped = at + words > RING_WORDS ? RING_WORDS - at : 0;
    if (this.#used() + skipped + words > RING_WORDS) return -1;
    if (skipped === 0) return at;
    this.#ring.numbers[at] = SKIP;
    this.#written += skipped;
    return 0;
  }

  #publish(end: number): void {
    this.#written += end - (this.#written & (RING_WORDS - 1));
    Atomics.store(this.#ring.head, Head.written, this.#written | 0);
  }

  #used(): number {
    return (this.#written - Atomics.load(this.#ring.head, Head.read)) >>> 0;
  }

  /** Number of a label; -1 when there is no room for it. */
  #stringAt(text: string): number {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    const bytes = Buffer.from(text);
    const at = this.#stringsEnd;
    if (bytes.length > 0xff || at + 1 + bytes.length > EVENT_STRINGS_BYTES) return -1;
    this.#ring.strings[at] = bytes.length;
    this.#ring.strings.set(bytes, at + 1);
    this.#stringsEnd = at + 1 + bytes.length;
    this.#strings.set(text, at);
    return at;
  }
}

export class EventRingReader {
  readonly #ring: Ring;
  readonly #strings = new Map<number, string>();
  #lost = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#ring = new Ring(memory);
  }

  /** Emits what was written so far; answers how many events were lost since the last time. */
  drain(bus: Pick<EventBus, "emit">): number {
    const { head } = this.#ring;
    Atomics.store(head, Head.asked, 0);
    const end = Atomics.load(head, Head.written);
    let at = Atomics.load(head, Head.read);
    while (at !== end) {
      at = (at + this.#emitAt(at & (RING_WORDS - 1), bus)) | 0;
      // After each record: a subscriber may be slow, and the writer has room again.
      Atomics.store(head, Head.read, at);
    }
    const lost = Atomics.load(head, Head.lost);
    const more = lost - this.#lost;
    this.#lost = lost;
    return more;
  }

  /** Whether it looks seldom, so that it is asked for the first event of any kind. */
  rest(isResting: boolean): void {
    Atomics.store(this.#ring.head, Head.resting, isResting ? 1 : 0);
  }

  /** Answers the words that the record takes. */
  #emitAt(at: number, bus: Pick<EventBus, "emit">): number {
    const { numbers, bytes } = this.#ring;
    const first = numbers[at] as number;
    if (first === SKIP) return RING_WORDS - at;
    const code = first % LENGTH_FACTOR;
    if (code === JSON_CODE) {
      const length = Math.floor(first / LENGTH_FACTOR);
      const start = (at + 1) * WORD_BYTES;
      const text = Buffer.from(bytes.slice(start, start + length)).toString();
      // Written by `writeJson`.
      const [name, event] = JSON.parse(text) as [EventName, never];
      bus.emit(name, event);
      return 1 + Math.ceil(length / WORD_BYTES);
    }
    const row = EVENT_ROWS[code];
    if (row === undefined) throw new RangeError(`event ring: ${first} is no record at ${at}`);
    const event: Record<string, number | string> = {};
    for (const [i, [name, kind]] of row.fields.entries()) {
      const value = numbers[at + 1 + i] as number;
      if (Number.isNaN(value)) continue;
      event[name] = kind === "string" ? this.#stringOf(value) : value;
    }
    // Written by `writeRow` from an event of this name.
    bus.emit(row.name, event as never);
    return 1 + row.fields.length;
  }

  #stringOf(at: number): string {
    const known = this.#strings.get(at);
    if (known !== undefined) return known;
    const { strings } = this.#ring;
    const length = strings[at] as number;
    const text = Buffer.from(strings.slice(at + 1, at + 1 + length)).toString();
    this.#strings.set(at, text);
    return text;
  }
}
