// Runs long work in steps: between two steps the event loop serves whatever waits.

import { edenGC } from "bun:jsc";

/** Resolves after others have had their turn. */
export type Pause = () => Promise<void>;

export const yieldToLoop: Pause = () => new Promise((resolve) => void setImmediate(resolve));

/**
 * Steps after which the young part of the heap is collected, which takes about as long as a step:
 * what a large set leaves on its way would otherwise take more memory than the set.
 */
const STEPS_PER_COLLECTION = 50;

/** Runs a generator to its end, pausing between its steps. */
export async function runInSteps<T>(
  steps: Generator<undefined, T>,
  pause: Pause = yieldToLoop,
): Promise<T> {
  for (let done = 1; ; done++) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (done % STEPS_PER_COLLECTION === 0) edenGC();
    await pause();
  }
}
