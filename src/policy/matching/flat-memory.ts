// Flat memory that threads share: arrays of numbers, written once by one thread and read by any
// thread in the order in which they were written. Reading copies nothing: the arrays that it
// returns are views.

/** Memory that can be posted to other threads, which then share it. */
export interface FlatMemory {
  readonly words: Int32Array<SharedArrayBuffer>;
  /** Large arrays, each in separate memory, so that they are never copied. */
  readonly large: readonly Int32Array<SharedArrayBuffer>[];
}

/** Arrays of more words than this are not copied if they are in shared memory already. */
const LARGE_WORDS = 16 * 1024;
const WORDS_AT_FIRST = 1024;

/**
 * An array in separate shared memory. If the program has no shared memory, as on most web pages, it
 * is in plain memory, which its only thread can read as well.
 */
export function sharedInts(length: number): Int32Array<SharedArrayBuffer> {
  const bytes = length * Int32Array.BYTES_PER_ELEMENT;
  if (canShare()) return new Int32Array(new SharedArrayBuffer(bytes));
  // Nobody posts it to another thread.
  return new Int32Array(new ArrayBuffer(bytes)) as unknown as Int32Array<SharedArrayBuffer>;
}

function canShare(): boolean {
  return typeof SharedArrayBuffer === "function";
}

export class FlatWriter {
  private words = new Int32Array(WORDS_AT_FIRST);
  private length = 0;
  private readonly large: Int32Array<SharedArrayBuffer>[] = [];

  /** The position at which a reader must begin to find what is written next. */
  get position(): number {
    return this.length;
  }

  int(value: number): void {
    this.reserve(1);
    this.words[this.length++] = value;
  }

  /** Writes the first `length` values. */
  ints(values: ArrayLike<number>, length: number = values.length): void {
    if (length > LARGE_WORDS && isShared(values) && length === values.length) {
      this.int(-1 - this.large.length);
      this.large.push(values);
      return;
    }
    this.int(length);
    this.reserve(length);
    for (let i = 0; i < length; i++) this.words[this.length + i] = values[i] as number;
    this.length += length;
  }

  bytes(values: Uint8Array, length: number = values.length): void {
    this.int(length);
    const words = (length + 3) >> 2;
    this.reserve(words);
    const bytes = new Uint8Array(this.words.buffer, this.length * 4, length);
    bytes.set(length === values.length ? values : values.subarray(0, length));
    this.length += words;
  }

  doubles(values: Float64Array): void {
    this.int(values.length);
    if (this.length % 2 !== 0) this.int(0);
    this.reserve(values.length * 2);
    new Float64Array(this.words.buffer, this.length * 4, values.length).set(values);
    this.length += values.length * 2;
  }

  finish(): FlatMemory {
    const words = sharedInts(this.length);
    words.set(this.words.subarray(0, this.length));
    return { words, large: this.large };
  }

  private reserve(more: number): void {
    const wanted = this.length + more;
    if (wanted <= this.words.length) return;
    const grown = new Int32Array(Math.max(wanted, this.words.length * 2));
    grown.set(this.words);
    this.words = grown;
  }
}

export class FlatReader {
  private readonly memory: FlatMemory;
  private at: number;

  constructor(memory: FlatMemory, position = 0) {
    this.memory = memory;
    this.at = position;
  }

  int(): number {
    return this.memory.words[this.at++] as number;
  }

  ints(): Int32Array {
    const length = this.int();
    if (length < 0) return this.memory.large[-1 - length] as Int32Array;
    const from = this.at;
    this.at += length;
    return this.memory.words.subarray(from, this.at);
  }

  bytes(): Uint8Array {
    const length = this.int();
    const from = this.at;
    this.at += (length + 3) >> 2;
    const { buffer, byteOffset } = this.memory.words;
    return new Uint8Array(buffer, byteOffset + from * 4, length);
  }

  doubles(): Float64Array {
    const length = this.int();
    if (this.at % 2 !== 0) this.at++;
    const from = this.at;
    this.at += length * 2;
    const { buffer, byteOffset } = this.memory.words;
    return new Float64Array(buffer, byteOffset + from * 4, length);
  }
}

function isShared(values: ArrayLike<number>): values is Int32Array<SharedArrayBuffer> {
  return canShare() && values instanceof Int32Array && values.buffer instanceof SharedArrayBuffer;
}
