// What all threads know about limits that several instances share: the clock that windows follow,
// and the number of instances. One thread writes. Readers read single numbers, which are aligned
// and so are never seen half written.

/** Float64 words, then Int32 words from `COUNTS_BYTE` on. */
const Word = { offsetMs: 0, members: 1, rank: 2, shrinks: 3 } as const;
const COUNTS_BYTE = 32;
const BYTES = 48;

/** How the tokens of a window were obtained when it began. */
export const WINDOW_BEGINNINGS = ["lease", "first", "share"] as const;

/** Which instances share the limits, as far as this one knows. */
export interface LeaseStanding {
  /** Added to this program's monotonic clock: the clock that windows are aligned to. */
  readonly offsetMs: number;
  /** The number of instances, including this one. */
  readonly members: number;
  /** The rank of this instance among them, from 0. */
  readonly rank: number;
  /**
   * Whether leases can be obtained. An instance without a lease has its share, less the part of the
   * window that is over.
   */
  readonly isLeasing: boolean;
}

/** The words that all threads read and one thread writes. */
export class LeaseControl {
  readonly memory: SharedArrayBuffer;
  private readonly words: Float64Array;
  private readonly counts: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.words = new Float64Array(memory, 0, COUNTS_BYTE / 8);
    this.counts = new Int32Array(memory, COUNTS_BYTE);
  }

  static create(standing: LeaseStanding): LeaseControl {
    const control = new LeaseControl(new SharedArrayBuffer(BYTES));
    control.show(standing);
    return control;
  }

  show({ offsetMs, members, rank, isLeasing }: LeaseStanding): void {
    const { words } = this;
    words[Word.offsetMs] = offsetMs;
    words[Word.members] = members;
    words[Word.rank] = rank;
    words[Word.shrinks] = isLeasing ? 1 : 0;
  }

  get offsetMs(): number {
    return this.words[Word.offsetMs] as number;
  }

  get isLeasing(): boolean {
    return this.words[Word.shrinks] === 1;
  }

  /** How much of a limit this instance may let pass without a lease; at least one record. */
  shareOf(count: number): number {
    const members = this.words[Word.members] as number;
    const rest = (this.words[Word.rank] as number) < count % members ? 1 : 0;
    return Math.max(1, Math.floor(count / members) + rest);
  }

  countBeginning(beginning: number): void {
    Atomics.add(this.counts, beginning, 1);
  }

  /** Windows that have begun since the last call, in the order of WINDOW_BEGINNINGS. */
  takeBeginnings(): readonly number[] {
    return WINDOW_BEGINNINGS.map((_, i) => Atomics.exchange(this.counts, i, 0) >>> 0);
  }
}
