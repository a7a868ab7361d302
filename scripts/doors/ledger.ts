// What became of records that have numbers: sent through a door, told to have been taken, arrived
// at the backend. What was told to be taken must have arrived, once, unless policies say
// otherwise.

/** Of the records of one request, by their place in it: what policies do with them. */
export const CLASSES = [
  "kept",
  "kept",
  "kept",
  "kept",
  "kept",
  "kept",
  "noise",
  "noise",
  "dice",
  "often",
] as const;

/** As a backend finds it in a body of any format. */
const TOKEN = /record (\d+)\.(\d+) /g;
const KEPT = maskOf("kept");
const NOISE = maskOf("noise");

/** Numbers of requests are unique over all doors. */
let last = 0;

export function nextNumber(): number {
  return ++last;
}

export function textsOf(number: number): string[] {
  return CLASSES.map((name, i) => `record ${number}.${i} ${name} says what it has done`);
}

function maskOf(name: string): number {
  return CLASSES.reduce((mask, one, i) => (one === name ? mask | (1 << i) : mask), 0);
}

export interface Balance {
  readonly requests: number;
  /** Of the bodies of the requests. */
  readonly bytes: number;
  /** Records that came to the backend and were taken there, whatever the client was told. */
  readonly arrived: number;
  readonly outcomes: ReadonlyMap<string, number>;
  /** Records that were told to be taken, and are not at the backend. */
  readonly lost: number;
  readonly twice: number;
  /** Records at the backend that policies drop. */
  readonly leaked: number;
  readonly latenciesMs: readonly number[];
}

/** For one door. Nothing is kept of a request that has its answer, but of those that failed. */
export class Ledger {
  readonly #arrived = new Map<number, number>();
  readonly #failed = new Set<number>();
  readonly #outcomes = new Map<string, number>();
  readonly #latenciesMs: number[] = [];
  #requests = 0;
  #bytes = 0;
  #arrivals = 0;
  #lost = 0;
  #twice = 0;
  #leaked = 0;

  sent(number: number): void {
    this.#requests++;
    this.#arrived.set(number, 0);
  }

  sentBytes(bytes: number): void {
    this.#bytes += bytes;
  }

  /** The text of a body that the backend took; not of one that it refused. */
  arrived(text: string): void {
    for (const [, request, index] of text.matchAll(TOKEN)) {
      this.#arrivals++;
      const number = Number(request);
      const bit = 1 << Number(index);
      const mask = this.#arrived.get(number);
      if (mask === undefined) {
        // What failed for its client may have arrived; what it was told to be taken may not again.
        if (!this.#failed.has(number)) this.#twice++;
        continue;
      }
      if ((mask & bit) !== 0) this.#twice++;
      if ((NOISE & bit) !== 0) this.#leaked++;
      this.#arrived.set(number, mask | bit);
    }
  }

  /** `isTaken`: the client was told that its records were taken. */
  answered(number: number, outcome: string, isTaken: boolean, ms: number): void {
    const mask = this.#arrived.get(number) ?? 0;
    this.#arrived.delete(number);
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    this.#latenciesMs.push(ms);
    if (isTaken) this.#lost += bits(KEPT & ~mask);
    else this.#failed.add(number);
  }

  /** Whether a request of this ledger waits for its answer, or failed. */
  knows(number: number): boolean {
    return this.#arrived.has(number) || this.#failed.has(number);
  }

  /** Of what was since the last time. */
  take(): Balance {
    const balance = {
      requests: this.#requests,
      bytes: this.#bytes,
      arrived: this.#arrivals,
      outcomes: new Map(this.#outcomes),
      lost: this.#lost,
      twice: this.#twice,
      leaked: this.#leaked,
      latenciesMs: this.#latenciesMs.splice(0).sort((a, b) => a - b),
    };
    this.#outcomes.clear();
    this.#requests = this.#bytes = this.#arrivals = 0;
    this.#lost = this.#twice = this.#leaked = 0;
    return balance;
  }
}

function bits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}
