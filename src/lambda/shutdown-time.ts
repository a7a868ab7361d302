// How long the extension may take to end. Works it out and does nothing.

import { LAMBDA_SHUTDOWN_MS_MAX, LAMBDA_SHUTDOWN_SHARE } from "../core/limits.ts";

/** In ms, for a SHUTDOWN with this deadline; one that is nowhere near now is not believed. */
export function shutdownTimeMs(deadlineMs: number | undefined, nowMs: number): number {
  const leftMs = deadlineMs === undefined ? LAMBDA_SHUTDOWN_MS_MAX : deadlineMs - nowMs;
  return Math.max(0, Math.min(leftMs, LAMBDA_SHUTDOWN_MS_MAX)) * LAMBDA_SHUTDOWN_SHARE;
}
