// What is known about each thread, as bytes that a signal handler can write without running any of
// our code: a table of addresses and lengths for writev(2), followed by a slot for each thread's
// text. All of it is shared memory, in which every thread writes to its own slot.

import { CRASH_TEXT_BYTES, CRASH_TEXTS_MAX } from "../../core/limits.ts";

/** `struct iovec`: an address and a length, of eight bytes each. */
const IOVEC_BYTES = 16;
const LENGTH_AT = 8;
const TEXTS_AT = CRASH_TEXTS_MAX * IOVEC_BYTES;

/** Memory for all reports. Only pages that are written to take room. */
function createThreadReports(): SharedArrayBuffer {
  return new SharedArrayBuffer(TEXTS_AT + CRASH_TEXTS_MAX * CRASH_TEXT_BYTES);
}

/** What is known of each thread, for the report of a fatal signal. */
export class ThreadReports {
  readonly memory: SharedArrayBuffer;
  readonly #bytes: Uint8Array;
  readonly #words: BigUint64Array;

  constructor(memory: SharedArrayBuffer = createThreadReports()) {
    this.memory = memory;
    this.#bytes = new Uint8Array(memory);
    this.#words = new BigUint64Array(memory, 0, TEXTS_AT / LENGTH_AT);
  }

  /** Replaces the text of a slot; what is too long is cut at a line. Slots beyond are none. */
  write(slot: number, lines: readonly string[]): void {
    if (slot >= CRASH_TEXTS_MAX) return;
    const at = TEXTS_AT + slot * CRASH_TEXT_BYTES;
    const lengthAt = (slot * IOVEC_BYTES + LENGTH_AT) / LENGTH_AT;
    // A signal that comes now finds no text rather than one half of each.
    this.#words[lengthAt] = 0n;
    const text = Buffer.from(lines.map((line) => `${line}\n`).join(""));
    const fitting =
      text.length <= CRASH_TEXT_BYTES ? text : text.subarray(0, lastLineEnd(text) + 1);
    this.#bytes.set(fitting, at);
    this.#words[lengthAt] = BigInt(fitting.length);
  }

  /** All texts, as the handler writes them. */
  text(): string {
    let text = "";
    for (let slot = 0; slot < CRASH_TEXTS_MAX; slot++) {
      const length = Number(this.#words[slot * 2 + 1]);
      const at = TEXTS_AT + slot * CRASH_TEXT_BYTES;
      text += Buffer.from(this.#bytes.slice(at, at + length)).toString();
    }
    return text;
  }

  /** Makes the table one for writev. `address`: of the memory. */
  bindTo(address: bigint): void {
    for (let slot = 0; slot < CRASH_TEXTS_MAX; slot++) {
      this.#words[slot * 2] = address + BigInt(TEXTS_AT + slot * CRASH_TEXT_BYTES);
    }
  }
}

function lastLineEnd(text: Uint8Array): number {
  return text.lastIndexOf(0x0a, CRASH_TEXT_BYTES - 1);
}
