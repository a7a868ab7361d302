// How the time of stopping is shared among the parts of the tailer. The rest of it is for the disk
// and for the end of the process, so that it has ended when its time is over.

import type { Component } from "../../runtime/index.ts";

/** Parts that wait for others when they stop: the reader, the output. */
const STEPS = 2;
/** What one that takes nothing may use up, for all steps together. */
const STEPS_SHARE = 0.6;

/** A part that must not take the time that is for others. */
export function inTime(
  part: Component | undefined,
  { shutdownTimeoutMs }: { readonly shutdownTimeoutMs: number },
): Component | undefined {
  if (part === undefined) return undefined;
  const mostMs = (shutdownTimeoutMs * STEPS_SHARE) / STEPS;
  return {
    start: () => part.start?.(),
    reload: () => part.reload?.(),
    drain: (ms) => part.drain?.(Math.min(ms, mostMs)),
    stop: (ms) => part.stop?.(Math.min(ms, mostMs)),
    ...(part.status === undefined ? {} : { status: () => part.status?.() ?? {} }),
  };
}
