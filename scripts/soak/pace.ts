// Clients that send through all doors at a rate, however long the answers take; or as fast as they can.

import type { Door, Place } from "../doors/doors.ts";

/** Requests that wait for their answers; beyond, the pace is too fast, and waits. */
const IN_FLIGHT_MAX = 64;
const TICK_MS = 5;

/** For so long; each door gets its turn. Resolves to the requests a second that were answered. */
export async function paced(
  doors: readonly Door[],
  place: Place,
  perSecond: number,
  ms: number,
): Promise<number> {
  const startedMs = performance.now();
  let [sent, answered, inFlight] = [0, 0, 0];
  const waiting = new Set<Promise<void>>();
  const send = (): void => {
    const door = doors[sent % doors.length];
    if (door === undefined) return;
    sent++;
    inFlight++;
    const request = door.send(place).finally(() => {
      inFlight--;
      answered++;
      waiting.delete(request);
    });
    waiting.add(request);
  };
  for (;;) {
    const nowMs = performance.now() - startedMs;
    if (nowMs >= ms) break;
    while (sent < (nowMs / 1000) * perSecond && inFlight < IN_FLIGHT_MAX) send();
    await Bun.sleep(TICK_MS);
  }
  const rate = answered / ((performance.now() - startedMs) / 1000);
  await Promise.all(waiting);
  return rate;
}
