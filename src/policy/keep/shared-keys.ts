// One entry for each value of a key, in memory that several threads share: a hash table with a list
// ordered by age, both of fixed size, behind a lock. Keys are distinguished by 128 bits of a seeded
// hash, so the table contains no text. It does not know what the numbers of an entry mean.

import { SharedLock } from "./shared-lock.ts";

/** Words before the entries. Links are an entry's number plus one; 0 is none. */
const Head = { lock: 0, size: 1, oldest: 2, newest: 3, evicted: 4, seed: 5, words: 8 } as const;
/**
 * Words of one entry: hash, the list of its bucket, the list by age, and a number that changes when
 * the entry is renewed or given to another key.
 */
const Entry = { hash: 0, next: 4, older: 5, newer: 6, turn: 7, words: 8 } as const;
const HASH_WORDS = 4;
/** Digits of 32 bits in base 36. */
const NAME_CHARS = 7;

/** How large a table is. `buckets` is a power of two. */
export interface SharedKeysShape {
  readonly entriesMax: number;
  readonly buckets: number;
  /** The numbers that users have in each entry. */
  readonly numbers: number;
}

/** All methods except `hashOf` must be called between `lock` and `unlock`. */
export class SharedKeys {
  /** The numbers of entry `e` begin at `e` times `shape.numbers`. */
  readonly numbers: Float64Array;
  private readonly shape: SharedKeysShape;
  private readonly words: Int32Array;
  private readonly guard: SharedLock;
  private readonly hash = new Int32Array(HASH_WORDS);

  /** `byteOffset` is a multiple of 8. `owner`: the owner of the lock. */
  constructor(
    memory: SharedArrayBuffer,
    byteOffset: number,
    owner: number,
    shape: SharedKeysShape,
  ) {
    this.shape = shape;
    this.numbers = new Float64Array(memory, byteOffset, shape.entriesMax * shape.numbers);
    this.words = wordsOf(memory, byteOffset, shape);
    this.guard = new SharedLock(this.words, Head.lock, owner);
  }

  /** Bytes of one table. Memory filled with zeros is an empty table. */
  static bytes(shape: SharedKeysShape): number {
    return numbersBytes(shape) + wordCount(shape) * Int32Array.BYTES_PER_ELEMENT;
  }

  /** Makes collisions unpredictable; called once, before the table is shared. */
  static seed(
    memory: SharedArrayBuffer,
    byteOffset: number,
    shape: SharedKeysShape,
    random: () => number,
  ): void {
    const words = wordsOf(memory, byteOffset, shape);
    for (let i = Head.seed; i < Head.words; i++) words[i] = Math.floor(random() * 2 ** 32);
  }

  get evicted(): number {
    return Atomics.load(this.words, Head.evicted);
  }

  /** The entries that were ever used have numbers below this one. */
  get size(): number {
    return this.words[Head.size] as number;
  }

  lock(): void {
    this.guard.lock();
  }

  unlock(): void {
    this.guard.unlock();
  }

  /** Empties the table if a thread that has ended left it in the middle of a change. */
  repair(deadOwner: number): void {
    if (!this.guard.isHeldBy(deadOwner)) return;
    const { words } = this;
    words[Head.evicted] = (words[Head.evicted] as number) + (words[Head.size] as number);
    words.fill(0, Head.words, Head.words + this.shape.buckets);
    words[Head.size] = 0;
    words[Head.oldest] = 0;
    words[Head.newest] = 0;
    this.guard.unlock();
  }

  turnOf(entry: number): number {
    return this.words[this.wordOf(entry) + Entry.turn] as number;
  }

  /** The entry of the key that was hashed last; -1: it has none. */
  find(): number {
    const { words } = this;
    for (let link = words[this.bucket()] as number; link !== 0;) {
      const at = this.wordOf(link - 1);
      if (this.holds(at)) return link - 1;
      link = words[at + Entry.next] as number;
    }
    return -1;
  }

  /**
   * Adds a newest entry for the key that was hashed last; if there is no room, the oldest one goes.
   */
  add(): number {
    const { words, hash } = this;
    const entry = this.freeEntry();
    const bucket = this.bucket();
    const at = this.wordOf(entry);
    for (let i = 0; i < HASH_WORDS; i++) words[at + Entry.hash + i] = hash[i] as number;
    words[at + Entry.next] = words[bucket] as number;
    words[bucket] = entry + 1;
    this.joinAges(entry);
    return entry;
  }

  /** Makes an entry the newest one. */
  renew(entry: number): void {
    this.leaveAges(entry + 1);
    this.joinAges(entry);
  }

  /** A name that distinguishes the entry's key from others, in all tables with the same seed. */
  nameOf(entry: number): string {
    const at = this.wordOf(entry);
    let name = "";
    for (let i = 0; i < HASH_WORDS; i++) {
      name += ((this.words[at + i] as number) >>> 0).toString(36).padStart(NAME_CHARS, "0");
    }
    return name;
  }

  /** Has the same effect as hashing the key with that name. */
  hashFrom(name: string): void {
    for (let i = 0; i < HASH_WORDS; i++) {
      this.hash[i] = Number.parseInt(name.slice(i * NAME_CHARS, (i + 1) * NAME_CHARS), 36);
    }
  }

  /** Four lanes that disturb each other, each finished as MurmurHash3 does. */
  hashOf(key: string): void {
    const { words, hash } = this;
    let a = words[Head.seed] as number;
    let b = words[Head.seed + 1] as number;
    let c = words[Head.seed + 2] as number;
    let d = key.length;
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i);
      a = b ^ Math.imul(a ^ unit, 0x238f1399);
      b = c ^ Math.imul(b ^ unit, 0x3a6d6e4b);
      c = d ^ Math.imul(c ^ unit, 0x5f356495);
      d = a ^ Math.imul(d ^ unit, 0x4cf5ad43);
    }
    hash[0] = finished(a ^ (c >>> 15));
    hash[1] = finished(b ^ (d >>> 13));
    hash[2] = finished(c ^ (a >>> 16));
    hash[3] = finished(d ^ (b >>> 14));
  }

  /** First word of an entry. */
  private wordOf(entry: number): number {
    return Head.words + this.shape.buckets + entry * Entry.words;
  }

  private bucket(): number {
    return Head.words + ((this.hash[0] as number) & (this.shape.buckets - 1));
  }

  private holds(at: number): boolean {
    const { words, hash } = this;
    return (
      words[at] === hash[0] &&
      words[at + 1] === hash[1] &&
      words[at + 2] === hash[2] &&
      words[at + 3] === hash[3]
    );
  }

  private joinAges(entry: number): void {
    const { words } = this;
    const at = this.wordOf(entry);
    words[at + Entry.turn] = (words[at + Entry.turn] as number) + 1;
    const newest = words[Head.newest] as number;
    words[at + Entry.older] = newest;
    words[at + Entry.newer] = 0;
    if (newest === 0) words[Head.oldest] = entry + 1;
    else words[this.wordOf(newest - 1) + Entry.newer] = entry + 1;
    words[Head.newest] = entry + 1;
  }

  private leaveAges(link: number): void {
    const { words } = this;
    const at = this.wordOf(link - 1);
    const older = words[at + Entry.older] as number;
    const newer = words[at + Entry.newer] as number;
    if (older === 0) words[Head.oldest] = newer;
    else words[this.wordOf(older - 1) + Entry.newer] = newer;
    if (newer === 0) words[Head.newest] = older;
    else words[this.wordOf(newer - 1) + Entry.older] = older;
  }

  /** An entry that was never used, or else the oldest one. */
  private freeEntry(): number {
    const { words } = this;
    const size = words[Head.size] as number;
    if (size < this.shape.entriesMax) {
      words[Head.size] = size + 1;
      return size;
    }
    const oldest = words[Head.oldest] as number;
    this.leaveAges(oldest);
    this.leaveBucket(oldest);
    words[Head.evicted] = (words[Head.evicted] as number) + 1;
    return oldest - 1;
  }

  private leaveBucket(link: number): void {
    const { words } = this;
    const at = this.wordOf(link - 1);
    const hash = words[at + Entry.hash] as number;
    let from = Head.words + (hash & (this.shape.buckets - 1));
    while (words[from] !== link) from = this.wordOf((words[from] as number) - 1) + Entry.next;
    words[from] = words[at + Entry.next] as number;
  }
}

function numbersBytes({ entriesMax, numbers }: SharedKeysShape): number {
  return entriesMax * numbers * Float64Array.BYTES_PER_ELEMENT;
}

function wordCount({ entriesMax, buckets }: SharedKeysShape): number {
  return Head.words + buckets + entriesMax * Entry.words;
}

function wordsOf(memory: SharedArrayBuffer, byteOffset: number, shape: SharedKeysShape) {
  return new Int32Array(memory, byteOffset + numbersBytes(shape), wordCount(shape));
}

/** The finalizer of MurmurHash3, 32 bits. */
function finished(lane: number): number {
  let h = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
