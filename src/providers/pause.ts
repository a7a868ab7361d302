// Long work in steps: between two of them the event loop serves whoever waits.

/** Resolves after others had their turn. */
export type Pause = () => Promise<void>;

export const yieldToLoop: Pause = () => new Promise((resolve) => void setImmediate(resolve));

/** Runs a generator to its end, pausing between its steps. */
export async function runInSteps<T>(
  steps: Generator<undefined, T>,
  pause: Pause = yieldToLoop,
): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await pause();
  }
}
