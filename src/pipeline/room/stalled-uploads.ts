// Which uploads give up their room when others wait for it: those that have stalled for long, and
// those of a client whose stalled uploads hold more than its share.

import { STALLED_MS_MAX, STALLED_SHARE } from "../../core/limits.ts";
import type { Permit } from "./permit.ts";

interface Stalled {
  readonly permit: Permit;
  readonly stalledMs: number;
}

export function stalledOnes(
  receiving: Iterable<Permit>,
  wanted: { readonly slots: boolean; readonly bytes: boolean },
  { requestsMax, bytesMax }: { readonly requestsMax: number; readonly bytesMax: number },
  nowMs: number,
): Permit[] {
  const found: Permit[] = [];
  const byClient = new Map<string, Stalled[]>();
  for (const permit of receiving) {
    const isInTheWay = (wanted.slots && permit.hasSlot) || (wanted.bytes && permit.bytes > 0);
    const stalledMs = isInTheWay ? permit.stalledMs(nowMs) : undefined;
    if (stalledMs === undefined) continue;
    if (stalledMs >= STALLED_MS_MAX) {
      found.push(permit);
      continue;
    }
    const address = permit.address();
    const others = byClient.get(address);
    if (others === undefined) byClient.set(address, [{ permit, stalledMs }]);
    else others.push({ permit, stalledMs });
  }
  for (const stalled of byClient.values()) {
    // The one that has stalled longest comes last.
    stalled.sort((a, b) => a.stalledMs - b.stalledMs);
    let slots = 0;
    let bytes = 0;
    for (const { permit } of stalled) {
      slots += permit.hasSlot ? 1 : 0;
      bytes += permit.bytes;
      const isOver = slots > requestsMax * STALLED_SHARE || bytes > bytesMax * STALLED_SHARE;
      if (isOver) found.push(permit);
    }
  }
  return found;
}
