// The windows of a limit that several instances share, in memory that the threads of this instance
// share: how many tokens the instance holds for each window, and how many it was asked for. A
// decision takes what is there and never waits; lease-ledger.ts makes sure that something is there.

import { RATE_KEYS_MAX } from "../../core/limits.ts";
import type { LeaseControl } from "./lease-control.ts";
import type { RateCharge } from "./rate-limiter.ts";
import { KeyCharge, type KeyWindows } from "./shared-key-table.ts";
import { SharedKeys, type SharedKeysShape } from "./shared-keys.ts";

/** The numbers of an entry. */
export const Lease = {
  /** Number of the window: its start divided by its length. */
  window: 0,
  /** Tokens that are left, and all that were obtained in this window. */
  left: 1,
  granted: 2,
  /** Records that found no token. */
  refused: 3,
  /** How many records a window is expected to have, judging by those before it. */
  recent: 4,
  /** A lease for a future window; there is none for window 0. */
  nextWindow: 5,
  nextTokens: 6,
  /** 1: the tokens are this instance's share, which the store does not know about yet. */
  isShare: 7,
  /** The last window that was announced, and the number of records announced for it. */
  announcedWindow: 8,
  announced: 9,
  /** The part of a share that was missing because others had leased it already. */
  hoped: 10,
  /** What an instance that came late asks for once, in all: its part of a whole window. */
  part: 11,
  numbers: 12,
} as const;

/** As in WINDOW_BEGINNINGS. */
const BY_LEASE = 0;
const BY_FIRST = 1;
const BY_SHARE = 2;

const WHOLE: SharedKeysShape = { entriesMax: 1, buckets: 1, numbers: Lease.numbers };
const KEYED: SharedKeysShape = {
  entriesMax: RATE_KEYS_MAX,
  buckets: 16_384,
  numbers: Lease.numbers,
};

/** Bytes of the window of a whole policy, and of the windows of a sample key. */
export const LEASED_WINDOW_BYTES = Math.ceil(SharedKeys.bytes(WHOLE) / 8) * 8;
export const LEASED_KEY_TABLE_BYTES = SharedKeys.bytes(KEYED);

export interface LeasedPlace {
  readonly memory: SharedArrayBuffer;
  readonly byteOffset: number;
  readonly isKeyed: boolean;
}

export interface LeasedLimit {
  readonly count: number;
  readonly windowMs: number;
}

export class LeasedWindows implements KeyWindows {
  readonly keys: SharedKeys;
  readonly limit: LeasedLimit;
  readonly isKeyed: boolean;
  private readonly control: LeaseControl;
  /** The last charge of each entry. */
  private readonly charges: KeyCharge[] = [];

  /** `owner`: the owner of locks. */
  constructor(place: LeasedPlace, limit: LeasedLimit, control: LeaseControl, owner: number) {
    const { memory, byteOffset, isKeyed } = place;
    this.keys = new SharedKeys(memory, byteOffset, owner, isKeyed ? KEYED : WHOLE);
    this.limit = limit;
    this.isKeyed = isKeyed;
    this.control = control;
  }

  /** `seed`: numbers in [0, 1), the same in all instances, so that all give a key the same name. */
  static seed({ memory, byteOffset, isKeyed }: LeasedPlace, seed: () => number): void {
    SharedKeys.seed(memory, byteOffset, isKeyed ? KEYED : WHOLE, seed);
  }

  take(key: string, nowMs: number): RateCharge | undefined {
    const { keys } = this;
    const storeMs = nowMs + this.control.offsetMs;
    keys.hashOf(key);
    keys.lock();
    const entry = this.entryAt(storeMs);
    const at = entry * Lease.numbers;
    const left = keys.numbers[at + Lease.left] as number;
    const asked = left > 0 ? at + Lease.left : at + Lease.refused;
    keys.numbers[asked] = left > 0 ? left - 1 : (keys.numbers[asked] as number) + 1;
    const turn = keys.turnOf(entry);
    keys.unlock();
    return left > 0 ? this.chargeOf(entry, turn) : undefined;
  }

  giveBack(entry: number, turn: number, records: number): void {
    const { keys } = this;
    keys.lock();
    if (keys.turnOf(entry) === turn) {
      const at = entry * Lease.numbers;
      const left = (keys.numbers[at + Lease.left] as number) + records;
      keys.numbers[at + Lease.left] = Math.min(left, keys.numbers[at + Lease.granted] as number);
    }
    keys.unlock();
  }

  /** Under the lock: the entry of the key that was hashed last, in the current window. */
  entryAt(storeMs: number): number {
    const { keys } = this;
    const window = Math.floor(storeMs / this.limit.windowMs);
    const known = keys.find();
    if (known < 0) {
      const fresh = keys.add();
      keys.numbers.fill(0, fresh * Lease.numbers, (fresh + 1) * Lease.numbers);
      this.begin(fresh, window, storeMs);
      return fresh;
    }
    if ((keys.numbers[known * Lease.numbers] as number) < window) this.renew(known, storeMs);
    return known;
  }

  /** Under the lock: begins the current window, which is later than the entry's. */
  renew(entry: number, storeMs: number): void {
    const { numbers } = this.keys;
    const at = entry * Lease.numbers;
    const window = Math.floor(storeMs / this.limit.windowMs);
    const gap = window - (numbers[at + Lease.window] as number);
    const recent = Math.max(this.offered(at), (numbers[at + Lease.recent] as number) / 2);
    numbers[at + Lease.recent] = recent / 2 ** Math.min(64, gap - 1);
    this.keys.renew(entry);
    this.begin(entry, window, storeMs);
  }

  /** Records of the window so far; `at`: the first number of its entry. */
  offered(at: number): number {
    const { numbers } = this.keys;
    const left = numbers[at + Lease.left] as number;
    const had = numbers[at + Lease.granted] as number;
    return had - left + (numbers[at + Lease.refused] as number);
  }

  private begin(entry: number, window: number, storeMs: number): void {
    const { control } = this;
    const { numbers } = this.keys;
    const at = entry * Lease.numbers;
    const isLeased = window > 0 && numbers[at + Lease.nextWindow] === window;
    const tokens = isLeased ? (numbers[at + Lease.nextTokens] as number) : this.shareAt(storeMs);
    numbers[at + Lease.window] = window;
    numbers[at + Lease.left] = tokens;
    numbers[at + Lease.granted] = tokens;
    numbers[at + Lease.refused] = 0;
    numbers[at + Lease.hoped] = 0;
    numbers[at + Lease.isShare] = isLeased ? 0 : 1;
    numbers[at + Lease.part] = isLeased ? 0 : control.shareOf(this.limit.count);
    control.countBeginning(isLeased ? BY_LEASE : control.isLeasing ? BY_FIRST : BY_SHARE);
  }

  /**
   * How much may pass without a lease. If others have leases of a window, an instance that comes
   * late gets correspondingly less: what it leaves is free for them.
   */
  private shareAt(storeMs: number): number {
    const { count, windowMs } = this.limit;
    const share = this.control.shareOf(count);
    if (!this.control.isLeasing) return share;
    const over = storeMs / windowMs - Math.floor(storeMs / windowMs);
    return Math.max(1, Math.floor(share * (1 - over)));
  }

  private chargeOf(entry: number, turn: number): KeyCharge {
    const known = this.charges[entry];
    if (known?.turn === turn) return known;
    const charge = new KeyCharge(this, entry, turn);
    this.charges[entry] = charge;
    return charge;
  }
}
