// How a thread stands among those of its process, to the scheduler of the operating system.

import { getPriority, setPriority } from "node:os";

/** To both calls: of this thread, on Linux; elsewhere of the whole process. */
const OWN = 0;
const NICE_MAX = 19;

/**
 * Has other threads go before this one where there are fewer processors than work; by so many steps
 * of `nice`. It cannot be taken back. Nothing happens where it is not known how.
 */
export function goBehindOtherThreads(steps: number): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(OWN, Math.min(getPriority(OWN) + steps, NICE_MAX));
  } catch {
    // Not permitted; it stands where it stood.
  }
}
