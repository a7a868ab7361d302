// A lock in memory that several threads share, for sections of well under a microsecond. It names
// its owner, so that a thread that ended while it held the lock can be distinguished from one that
// is only slow.

const FREE = 0;
/**
 * How often the lock is checked before the thread sleeps: by then the system has most likely
 * suspended its owner.
 */
const SPINS = 1000;
const SLEEP_MS = 0.05;

export class SharedLock {
  private readonly words: Int32Array;
  private readonly at: number;
  private readonly owner: number;

  /** `owner` is positive and differs from thread to thread. */
  constructor(words: Int32Array, at: number, owner: number) {
    this.words = words;
    this.at = at;
    this.owner = owner;
  }

  lock(): void {
    for (let spin = 0; ; spin++) {
      const holder = Atomics.compareExchange(this.words, this.at, FREE, this.owner);
      if (holder === FREE) return;
      if (spin >= SPINS) Atomics.wait(this.words, this.at, holder, SLEEP_MS);
    }
  }

  unlock(): void {
    Atomics.store(this.words, this.at, FREE);
  }

  /**
   * Whether a thread that has ended still holds the lock. The caller then repairs what the lock
   * protects and unlocks.
   */
  isHeldBy(owner: number): boolean {
    return Atomics.load(this.words, this.at) === owner;
  }
}
