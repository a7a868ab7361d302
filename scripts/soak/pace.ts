// Clients that send through all doors at a rate, however long the answers take; or as fast as they
// can.

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
  const elapsedMs = (): number => performance.now() - startedMs;
  const waiting = new Set<Promise<void>>();
  let [sent, answered] = [0, 0];
  const send = (door: Door): void => {
    sent++;
    const request = door.send(place).finally(() => {
      answered++;
      waiting.delete(request);
    });
    waiting.add(request);
  };
  const next = (): Door | undefined => {
    const isDue = sent < (elapsedMs() / 1000) * perSecond && waiting.size < IN_FLIGHT_MAX;
    return isDue ? doors[sent % doors.length] : undefined;
  };
  while (elapsedMs() < ms) {
    for (let door = next(); door !== undefined; door = next()) send(door);
    await Bun.sleep(TICK_MS);
  }
  const rate = answered / (elapsedMs() / 1000);
  await Promise.all(waiting);
  return rate;
}
