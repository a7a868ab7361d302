// Timers as a value, so that code that waits can be tested without waiting.

/** Runs `run` once after `delayMs`; what it returns cancels it. */
export type Schedule = (delayMs: number, run: () => void) => () => void;

/** Real time; a pending timer does not keep the process alive. */
export const realSchedule: Schedule = (delayMs, run) => {
  const timer = setTimeout(run, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
};
