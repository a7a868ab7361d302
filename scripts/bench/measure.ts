// Repeats a piece of work for a while and tells what one round costs: the median of several
// batches, so that a noisy neighbour does not decide.

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
