// The pace at which the main thread and a worker check on each other.

import { WORKER_LOOK_IDLE_MS, WORKER_LOOK_INTERVAL_MS } from "../../core/limits.ts";
import { PacedTimer } from "../../system/paced-timer.ts";

export function lookTimer(look: () => void): PacedTimer {
  return new PacedTimer({ look, busyMs: WORKER_LOOK_INTERVAL_MS, idleMs: WORKER_LOOK_IDLE_MS });
}
