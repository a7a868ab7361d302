// When to sync next: pure arithmetic, with randomness passed in.

import {
  SYNC_INTERVAL_JITTER,
  SYNC_INTERVAL_MS_MIN,
  SYNC_INTERVAL_STRETCH_MAX,
  SYNC_RETRY_AFTER_MS_MAX,
  SYNC_RETRY_CEILING_MS_MAX,
  SYNC_RETRY_CEILING_MS_MIN,
  SYNC_RETRY_MS_MIN,
} from "../../core/limits.ts";
import { backOffMs } from "../../system/back-off.ts";

/**
 * Wait after a good sync, in milliseconds. The control plane's recommendation (seconds, 0: none)
 * takes the place of the configured interval, but never below a second nor above a few times what
 * the operator asked for.
 */
export function nextPollMs(
  pollIntervalMs: number,
  recommendedIntervalS: number,
  random: number,
): number {
  let intervalMs = pollIntervalMs;
  if (recommendedIntervalS > 0) {
    const ceilingMs = pollIntervalMs * SYNC_INTERVAL_STRETCH_MAX;
    const floorMs = Math.min(SYNC_INTERVAL_MS_MIN, ceilingMs);
    intervalMs = clamp(recommendedIntervalS * 1000, floorMs, ceilingMs);
  }
  return Math.round(intervalMs * (1 - SYNC_INTERVAL_JITTER * random));
}

/**
 * Wait after the `failures`-th failed sync in a row (from 1), in milliseconds: doubling, up to
 * about the poll interval, and a random half of it off. `retryAfterMs` is what the control plane
 * asked for, if it did.
 */
export function nextRetryMs(
  failures: number,
  pollIntervalMs: number,
  retryAfterMs: number,
  random: number,
): number {
  const ceilingMs = clamp(pollIntervalMs, SYNC_RETRY_CEILING_MS_MIN, SYNC_RETRY_CEILING_MS_MAX);
  const backOff = { firstMs: SYNC_RETRY_MS_MIN, ceilingMs, askedMsMax: SYNC_RETRY_AFTER_MS_MAX };
  return backOffMs(backOff, failures, retryAfterMs, random);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
