// The typed event bus: the only way in which a folder reports what it did. Emitting is synchronous,
// costs one map lookup when nobody listens, and never throws, whatever a subscriber does.

import type { EventName, Events } from "./events.ts";

/** Receives the events of one name, within `emit`; must not keep what it is given. */
export type Subscriber<N extends EventName> = (event: Events[N]) => void;
/** Receives every event, with its name. */
export type AnySubscriber = <N extends EventName>(name: N, event: Events[N]) => void;
/** Ends a subscription; calling it again does nothing. */
export type Unsubscribe = () => void;

/** Options of an event bus. */
export interface EventBusOptions {
  /**
   * Told of each failing subscriber; its own errors are swallowed. Default: only `failures` counts
   * them.
   */
  readonly onSubscriberError?: (name: EventName, error: unknown) => void;
}

type Handler = (event: never) => unknown;

/**
 * Events of one program, by name. A distribution has one bus; subscribe before it starts.
 *
 * @example
 * const bus = new EventBus();
 * bus.on("records.lost", ({ telemetry, records }) => console.error(telemetry, records));
 */
export class EventBus {
  /** Subscribers that threw or rejected since start. */
  failures = 0;

  // Lists are replaced, never changed, so that emitting walks the list that it started with.
  #byName = new Map<EventName, readonly Handler[]>();
  #any: readonly AnySubscriber[] = [];
  readonly #onError: ((name: EventName, error: unknown) => void) | undefined;

  constructor(options: EventBusOptions = {}) {
    this.#onError = options.onSubscriberError;
  }

  /** Whether anybody listens: lets a hot path skip building the event. */
  wants(name: EventName): boolean {
    return this.#any.length > 0 || this.#byName.has(name);
  }

  /** Tells every subscriber, in the order in which they came. Never throws. */
  emit<N extends EventName>(name: N, event: Events[N]): void {
    const handlers = this.#byName.get(name);
    if (handlers !== undefined) {
      for (const handler of handlers) {
        try {
          // Kept under the name that it was subscribed for, so it takes this event.
          this.#watch(name, handler(event as never));
        } catch (error) {
          this.#failed(name, error);
        }
      }
    }
    for (const subscriber of this.#any) {
      try {
        this.#watch(name, subscriber(name, event));
      } catch (error) {
        this.#failed(name, error);
      }
    }
  }

  /** Subscribes to one event. A subscriber must be quick: the emitter waits for it. */
  on<N extends EventName>(name: N, subscriber: Subscriber<N>): Unsubscribe {
    const handler: Handler = subscriber;
    this.#byName.set(name, [...(this.#byName.get(name) ?? []), handler]);
    return () => {
      const rest = without(this.#byName.get(name) ?? [], handler);
      if (rest.length === 0) this.#byName.delete(name);
      else this.#byName.set(name, rest);
    };
  }

  /** Subscribes to every event. */
  onAny(subscriber: AnySubscriber): Unsubscribe {
    this.#any = [...this.#any, subscriber];
    return () => {
      this.#any = without(this.#any, subscriber);
    };
  }

  /**
   * A subscriber is meant to be synchronous; an async one must not become an unhandled rejection.
   */
  #watch(name: EventName, result: unknown): void {
    if (result instanceof Promise) result.catch((error: unknown) => this.#failed(name, error));
  }

  #failed(name: EventName, error: unknown): void {
    this.failures++;
    try {
      this.#onError?.(name, error);
    } catch {
      // Nobody is left to tell.
    }
  }
}

/** `list` without the first occurrence of `item`. */
function without<T>(list: readonly T[], item: T): readonly T[] {
  const at = list.indexOf(item);
  return at === -1 ? list : [...list.slice(0, at), ...list.slice(at + 1)];
}
