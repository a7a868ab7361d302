// Room for requests in tests: for a hundred, at once or not at all.

import type { EventBus } from "../../src/o11y/event-bus.ts";
import { Room, type RoomOptions } from "../../src/pipeline/room/room.ts";

export function roomFor(bus: EventBus, options: Partial<RoomOptions> = {}): Room {
  return new Room({ requestsMax: 100, bytesMax: 2 ** 30, waitMs: 0, ...options, bus });
}
