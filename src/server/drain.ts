// How listeners shut down: clients get a notice, requests in flight are answered, and whatever
// takes longer is cut off.

import { type Schedule, realSchedule } from "../system/timer.ts";
import type { Listener } from "./listener.ts";

export interface DrainOptions {
  /** How long requests in flight may take, including the notice. */
  readonly deadlineMs: number;
  /** How long new requests are still accepted before that. Default 0. */
  readonly noticeMs?: number;
  readonly schedule?: Schedule;
}

/**
 * Resolves when nothing is left, to the number of requests that were cut; at least 1 if the time
 * ran out because of a connection that never ended.
 */
export async function drainListeners(
  listeners: readonly Listener[],
  { deadlineMs, noticeMs = 0, schedule = realSchedule }: DrainOptions,
): Promise<number> {
  const overdue = Promise.withResolvers<number>();
  const cancel = schedule(deadlineMs, () => {
    const pending = listeners.reduce((sum, listener) => sum + listener.pending, 0);
    overdue.resolve(Math.max(1, pending));
  });
  const unfinished = await Promise.race([answered(listeners, noticeMs, schedule), overdue.promise]);
  cancel();
  if (unfinished > 0) await Promise.all(listeners.map((listener) => listener.abort()));
  return unfinished;
}

async function answered(
  listeners: readonly Listener[],
  noticeMs: number,
  schedule: Schedule,
): Promise<0> {
  if (noticeMs > 0) await new Promise<void>((resolve) => void schedule(noticeMs, resolve));
  await Promise.all(listeners.map((listener) => listener.drain()));
  return 0;
}
