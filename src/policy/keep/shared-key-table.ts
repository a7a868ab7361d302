// The windows of the values of one sample key in memory that several threads share: a hash table
// with a list by age, both of fixed size, behind a lock. Keys are told apart by 128 bits of a
// seeded hash, so that the table holds no text.

import { type RateCharge } from "./rate-limiter.ts";
import { RATE_KEYS_MAX } from "../../core/limits.ts";
import { SharedLock } from "./shared-lock.ts";

/** Words before the entries. Links are an entry's number plus one; 0 is none. */
const Head = { lock: 0, size: 1, oldest: 2, newest: 3, evicted: 4, seed: 5, words: 8 } as const;
/** A power of two. */
const BUCKETS = 16_384;
/**
 * Words of one entry: hash, the list of its bucket, the list by age, and a number of its window.
 */
const Entry = { hash: 0, next: 4, older: 5, newer: 6, turn: 7, words: 8 } as const;
const HASH_WORDS = 4;

const NUMBERS_BYTES = RATE_KEYS_MAX * 2 * Float64Array.BYTES_PER_ELEMENT;
const WORDS = Head.words + BUCKETS + RATE_KEYS_MAX * Entry.words;

/** Bytes of one table. Memory of zeros is an empty one. */
export const SHARED_KEY_TABLE_BYTES = NUMBERS_BYTES + WORDS * Int32Array.BYTES_PER_ELEMENT;

export class SharedKeyTable {
  /** Start and used, for each entry. */
  private readonly numbers: Float64Array;
  private readonly words: Int32Array;
  private readonly lock: SharedLock;
  private readonly count: number;
  private readonly windowMs: number;
  private readonly hash = new Int32Array(HASH_WORDS);
  /** The last one of each entry. */
  private readonly charges: KeyCharge[] = [];

  /** `byteOffset` is a multiple of 8. `owner`: of the lock. */
  constructor(
    memory: SharedArrayBuffer,
    byteOffset: number,
    owner: number,
    count: number,
    windowMs: number,
  ) {
    this.numbers = new Float64Array(memory, byteOffset, RATE_KEYS_MAX * 2);
    this.words = new Int32Array(memory, byteOffset + NUMBERS_BYTES, WORDS);
    this.lock = new SharedLock(this.words, Head.lock, owner);
    this.count = count;
    this.windowMs = windowMs;
  }

  /** Makes collisions unforeseeable; called once, before the table is shared. */
  static seed(memory: SharedArrayBuffer, byteOffset: number, random: () => number): void {
    const words = new Int32Array(memory, byteOffset + NUMBERS_BYTES, WORDS);
    for (let i = Head.seed; i < Head.words; i++) words[i] = Math.floor(random() * 2 ** 32);
  }

  get evicted(): number {
    return Atomics.load(this.words, Head.evicted);
  }

  take(key: string, nowMs: number): RateCharge | undefined {
    this.hashOf(key);
    this.lock.lock();
    const entry = this.entryOf(nowMs);
    const used = this.numbers[entry * 2 + 1] as number;
    const isFull = used >= this.count;
    if (!isFull) this.numbers[entry * 2 + 1] = used + 1;
    const turn = this.words[wordOf(entry) + Entry.turn] as number;
    this.lock.unlock();
    return isFull ? undefined : this.chargeOf(entry, turn);
  }

  /** Uncharges records if the entry still holds the window that `turn` numbers. */
  giveBack(entry: number, turn: number, records: number): void {
    this.lock.lock();
    const at = entry * 2 + 1;
    const used = this.numbers[at] as number;
    const isHeld = this.words[wordOf(entry) + Entry.turn] === turn;
    if (isHeld) this.numbers[at] = Math.max(0, used - records);
    this.lock.unlock();
  }

  /** Empties the table if a thread that has ended left it half changed. */
  repair(deadOwner: number): void {
    if (!this.lock.isHeldBy(deadOwner)) return;
    const { words } = this;
    words[Head.evicted] = (words[Head.evicted] as number) + (words[Head.size] as number);
    words.fill(0, Head.words, Head.words + BUCKETS);
    words[Head.size] = 0;
    words[Head.oldest] = 0;
    words[Head.newest] = 0;
    this.lock.unlock();
  }

  private chargeOf(entry: number, turn: number): KeyCharge {
    const known = this.charges[entry];
    if (known?.turn === turn) return known;
    const charge = new KeyCharge(this, entry, turn);
    this.charges[entry] = charge;
    return charge;
  }

  /** The entry of the key that was hashed, in a window that lasts. */
  private entryOf(nowMs: number): number {
    const { words, hash, numbers } = this;
    const bucket = Head.words + ((hash[0] as number) & (BUCKETS - 1));
    for (let link = words[bucket] as number; link !== 0;) {
      const at = wordOf(link - 1);
      if (this.holds(at)) {
        const startMs = numbers[(link - 1) * 2] as number;
        if (nowMs - startMs >= this.windowMs) {
          this.leaveAges(link);
          this.begin(link - 1, nowMs);
        }
        return link - 1;
      }
      link = words[at + Entry.next] as number;
    }
    const entry = this.freeEntry();
    const at = wordOf(entry);
    for (let i = 0; i < HASH_WORDS; i++) words[at + Entry.hash + i] = hash[i] as number;
    words[at + Entry.next] = words[bucket] as number;
    words[bucket] = entry + 1;
    this.begin(entry, nowMs);
    return entry;
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

  /** Starts a window, as the newest one. */
  private begin(entry: number, nowMs: number): void {
    const { words } = this;
    const at = wordOf(entry);
    this.numbers[entry * 2] = nowMs;
    this.numbers[entry * 2 + 1] = 0;
    words[at + Entry.turn] = (words[at + Entry.turn] as number) + 1;
    const newest = words[Head.newest] as number;
    words[at + Entry.older] = newest;
    words[at + Entry.newer] = 0;
    if (newest === 0) words[Head.oldest] = entry + 1;
    else words[wordOf(newest - 1) + Entry.newer] = entry + 1;
    words[Head.newest] = entry + 1;
  }

  private leaveAges(link: number): void {
    const { words } = this;
    const at = wordOf(link - 1);
    const older = words[at + Entry.older] as number;
    const newer = words[at + Entry.newer] as number;
    if (older === 0) words[Head.oldest] = newer;
    else words[wordOf(older - 1) + Entry.newer] = newer;
    if (newer === 0) words[Head.newest] = older;
    else words[wordOf(newer - 1) + Entry.older] = older;
  }

  /** An entry that was never used, or else that of the oldest window. */
  private freeEntry(): number {
    const { words } = this;
    const size = words[Head.size] as number;
    if (size < RATE_KEYS_MAX) {
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
    const at = wordOf(link - 1);
    let from = Head.words + ((words[at + Entry.hash] as number) & (BUCKETS - 1));
    while (words[from] !== link) from = wordOf((words[from] as number) - 1) + Entry.next;
    words[from] = words[at + Entry.next] as number;
  }

  /** Four lanes that disturb each other, each finished as MurmurHash3 does. */
  private hashOf(key: string): void {
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
}

/** First word of an entry. */
function wordOf(entry: number): number {
  return Head.words + BUCKETS + entry * Entry.words;
}

/** The finalizer of MurmurHash3, 32 bits. */
function finished(lane: number): number {
  let h = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

class KeyCharge implements RateCharge {
  private readonly table: SharedKeyTable;
  private readonly entry: number;
  readonly turn: number;

  constructor(table: SharedKeyTable, entry: number, turn: number) {
    this.table = table;
    this.entry = entry;
    this.turn = turn;
  }

  giveBack(records = 1): void {
    this.table.giveBack(this.entry, this.turn, records);
  }
}
