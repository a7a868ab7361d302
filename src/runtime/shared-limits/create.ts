// Creates the parts for shared limits that a configuration asks for; none if it asks for none.

import type { ProxyConfig } from "../../config/index.ts";
import type { EventBus } from "../../o11y/index.ts";
import { realSchedule } from "../../system/index.ts";
import { Leasing } from "./leasing.ts";
import { openRedisStore } from "./redis-store.ts";
import { SharedLimits } from "./shared-limits.ts";
import { StoreClock } from "./store-clock.ts";

export function createLeasing({ sharedLimits }: ProxyConfig): Leasing | undefined {
  return sharedLimits && new Leasing(sharedLimits.keyPrefix, wallOffsetMs());
}

export function createSharedLimits(
  { sharedLimits }: ProxyConfig,
  bus: EventBus,
  leasing: Leasing,
): SharedLimits | undefined {
  if (sharedLimits === undefined) return undefined;
  return new SharedLimits({
    open: () => openRedisStore(sharedLimits),
    leasing,
    bus,
    member: crypto.randomUUID(),
    schedule: realSchedule,
    nowMs: () => performance.now(),
    clock: new StoreClock(wallOffsetMs()),
  });
}

/** Until the store has told its time, windows follow this machine's. */
function wallOffsetMs(): number {
  return Date.now() - performance.now();
}
