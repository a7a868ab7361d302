// The windows of the values of one sample key, in memory that several threads share.

import { RATE_KEYS_MAX } from "../../core/limits.ts";
import type { RateCharge } from "./rate-limiter.ts";
import { SharedKeys, type SharedKeysShape } from "./shared-keys.ts";

/** Numbers of an entry: the start of its window, and how much of it is used. */
const SHAPE: SharedKeysShape = { entriesMax: RATE_KEYS_MAX, buckets: 16_384, numbers: 2 };

/** Bytes of one table. Memory filled with zeros is an empty table. */
export const SHARED_KEY_TABLE_BYTES = SharedKeys.bytes(SHAPE);

export class SharedKeyTable {
  private readonly keys: SharedKeys;
  private readonly count: number;
  private readonly windowMs: number;
  /** The last charge of each entry. */
  private readonly charges: KeyCharge[] = [];

  /** `byteOffset` is a multiple of 8. `owner`: the owner of the lock. */
  constructor(
    memory: SharedArrayBuffer,
    byteOffset: number,
    owner: number,
    count: number,
    windowMs: number,
  ) {
    this.keys = new SharedKeys(memory, byteOffset, owner, SHAPE);
    this.count = count;
    this.windowMs = windowMs;
  }

  /** Makes collisions unpredictable; called once, before the table is shared. */
  static seed(memory: SharedArrayBuffer, byteOffset: number, random: () => number): void {
    SharedKeys.seed(memory, byteOffset, SHAPE, random);
  }

  get evicted(): number {
    return this.keys.evicted;
  }

  take(key: string, nowMs: number): RateCharge | undefined {
    const { keys } = this;
    keys.hashOf(key);
    keys.lock();
    const entry = this.entryOf(nowMs);
    const at = entry * SHAPE.numbers + 1;
    const used = keys.numbers[at] as number;
    const isFull = used >= this.count;
    if (!isFull) keys.numbers[at] = used + 1;
    const turn = keys.turnOf(entry);
    keys.unlock();
    return isFull ? undefined : this.chargeOf(entry, turn);
  }

  /** Gives records back if the entry still holds the window with the number `turn`. */
  giveBack(entry: number, turn: number, records: number): void {
    const { keys } = this;
    keys.lock();
    const at = entry * SHAPE.numbers + 1;
    const used = keys.numbers[at] as number;
    if (keys.turnOf(entry) === turn) keys.numbers[at] = Math.max(0, used - records);
    keys.unlock();
  }

  /** Empties the table if a thread that has ended left it in the middle of a change. */
  repair(deadOwner: number): void {
    this.keys.repair(deadOwner);
  }

  private chargeOf(entry: number, turn: number): KeyCharge {
    const known = this.charges[entry];
    if (known?.turn === turn) return known;
    const charge = new KeyCharge(this, entry, turn);
    this.charges[entry] = charge;
    return charge;
  }

  /** The entry of the key that was hashed, in the current window. */
  private entryOf(nowMs: number): number {
    const { keys } = this;
    const known = keys.find();
    if (known < 0) return this.begin(keys.add(), nowMs);
    const startMs = keys.numbers[known * SHAPE.numbers] as number;
    if (nowMs - startMs < this.windowMs) return known;
    keys.renew(known);
    return this.begin(known, nowMs);
  }

  private begin(entry: number, nowMs: number): number {
    const at = entry * SHAPE.numbers;
    this.keys.numbers[at] = nowMs;
    this.keys.numbers[at + 1] = 0;
    return entry;
  }
}

/** Gives back places of an entry. */
export interface KeyWindows {
  /** Gives records back if the entry still holds the window with the number `turn`. */
  giveBack(entry: number, turn: number, records: number): void;
}

export class KeyCharge implements RateCharge {
  private readonly windows: KeyWindows;
  private readonly entry: number;
  readonly turn: number;

  constructor(windows: KeyWindows, entry: number, turn: number) {
    this.windows = windows;
    this.entry = entry;
    this.turn = turn;
  }

  giveBack(records = 1): void {
    this.windows.giveBack(this.entry, this.turn, records);
  }
}
