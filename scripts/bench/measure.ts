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

/** Windows of a warm-up, at the least and at the most, and what a better one is. */
const WINDOWS = { least: 4, most: 12, better: 0.97 } as const;

/**
 * What each work took of the processor in each of its rounds, which they have in turns for so long
 * in all: so what others take of it does not count.
 */
function turns(works: readonly (() => void)[], ms: number): number[][] {
  const times = works.map((): number[] => []);
  const until = performance.now() + ms;
  let first = 0;
  do {
    for (let i = 0; i < works.length; i++) {
      const which = (first + i) % works.length;
      const before = process.cpuUsage();
      works[which]?.();
      const { user, system } = process.cpuUsage(before);
      times[which]?.push((user + system) / 1000);
    }
    first++;
  } while (performance.now() < until);
  return times;
}

function atShare(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
}

/** The best of ten rounds is passed, the next counts. */
const undisturbed = (times: readonly number[]): number => atShare(times, 0.1);

export interface InTurns {
  readonly ms: number;
  /** Beside the first work: the median of what both took in the same turn. */
  readonly beside: number;
}

/**
 * What one round of each work takes of the processor, for about `budgetMs` each. They take turns,
 * so that what else the machine does meets all of them alike, and each is first as often as the
 * others. Before that they are warmed up until that makes them no faster: code that was compiled
 * for other work is compiled anew, and that takes its time on a busy machine.
 */
export function inTurns(works: readonly (() => void)[], budgetMs: number): InTurns[] {
  let before = Infinity;
  for (let window = 0; window < WINDOWS.most; window++) {
    const now = turns(works, budgetMs).reduce((sum, times) => sum + undisturbed(times), 0);
    if (window >= WINDOWS.least && now > before * WINDOWS.better) break;
    before = Math.min(before, now);
  }
  const all = turns(works, budgetMs * works.length);
  const [first = []] = all;
  return all.map((times) => {
    const ratios = times.map((ms, turn) => ms / (first[turn] ?? ms));
    return { ms: undisturbed(times), beside: atShare(ratios, 0.5) };
  });
}
