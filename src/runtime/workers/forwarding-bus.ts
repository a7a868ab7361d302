// The bus of a worker. It tells its own subscribers at once, and forwards the events that the main
// thread listens to, so that the log, the metrics and all other observers of events are in one
// place.

import { EventBus, type EventName, type Events, LOG_TABLE } from "../../o11y/index.ts";
import type { EventRingWriter } from "./event-ring.ts";

export class ForwardingBus extends EventBus {
  readonly #ring: EventRingWriter;
  readonly #wanted: ReadonlySet<EventName>;

  constructor(ring: EventRingWriter, wanted: Iterable<EventName>) {
    super();
    this.#ring = ring;
    this.#wanted = new Set(wanted);
  }

  override wants(name: EventName): boolean {
    return this.#wanted.has(name) || super.wants(name);
  }

  override emit<N extends EventName>(name: N, event: Events[N]): void {
    super.emit(name, event);
    if (this.#wanted.has(name)) this.#ring.write(name, event);
  }
}

/** What somebody in the main thread listens to. */
export function wantedEvents(bus: EventBus): EventName[] {
  // Every event has a rule for the log.
  return (Object.keys(LOG_TABLE) as EventName[]).filter((name) => bus.wants(name));
}
