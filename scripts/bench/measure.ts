// Repeats pieces of work for a while and tells what one round costs: of one, the median of several
// batches, so that a noisy neighbour does not decide; of several that are compared, what most of
// the undisturbed rounds took that they had in turns.

export interface Measured {
  /** CPU-bound milliseconds of one round: the median over the batches. */
  readonly ms: number;
  readonly rounds: number;
}

const BATCHES = 7;

/** Runs `work` for about `budgetMs`, after a warm-up as long: edits take so long to be compiled. */
export function measure(work: () => void, budgetMs = 600): Measured {
  const warmUntil = performance.now() + budgetMs;
  let warm = 0;
  do {
    work();
    warm++;
  } while (performance.now() < warmUntil);
  const rounds = Math.max(1, Math.round(warm / BATCHES));
  const times: number[] = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    const start = performance.now();
    for (let i = 0; i < rounds; i++) work();
    times.push((performance.now() - start) / rounds);
  }
  times.sort((a, b) => a - b);
  return { ms: times[BATCHES >> 1] ?? 0, rounds: rounds * BATCHES };
}

/**
 * Milliseconds of one round of each work, for about `budgetMs` each, after a warm-up as long. They
 * take turns, so that what else the machine does meets all of them alike, and each is first as
 * often as the others; the best of ten rounds is passed, the next counts.
 */
export function inTurns(works: readonly (() => void)[], budgetMs: number): number[] {
  const all = budgetMs * works.length;
  let round = 0;
  const turns = (each: (which: number, ms: number) => void): void => {
    const until = performance.now() + all;
    do {
      for (let i = 0; i < works.length; i++) {
        const which = (i + round) % works.length;
        const start = performance.now();
        works[which]?.();
        each(which, performance.now() - start);
      }
      round++;
    } while (performance.now() < until);
  };
  turns(() => {});
  const times = works.map((): number[] => []);
  turns((which, ms) => times[which]?.push(ms));
  return times.map((one) => one.sort((a, b) => a - b)[Math.floor(one.length / 10)] ?? 0);
}
