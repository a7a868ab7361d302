// Counts how much telemetry came in, by signal, since a control plane was last told. Each control
// plane has counts of its own; what was taken from them is not reported again.

import type { EventBus } from "../o11y/event-bus.ts";
import { signalOf } from "../o11y/labels.ts";
import type { Signal } from "../policy/index.ts";
import type { ProviderHost } from "./provider-port.ts";

type Volume = ReturnType<ProviderHost["takeVolume"]>;
type SignalVolume = Volume[Signal];

/** Sums of what bodies that policies looked at came to; taken by any number of books. */
export class VolumeCounter {
  readonly #sums = emptySums();

  constructor(bus: EventBus) {
    bus.on("records.evaluated", ({ telemetry, records, points = 0, bytesIn }) => {
      const signal = signalOf(telemetry);
      const sum = this.#sums[signal];
      sum.items += signal === "metric" ? points : records;
      sum.bytes += bytesIn;
    });
  }

  book(): VolumeBook {
    return new VolumeBook(this.#sums);
  }
}

/** What one control plane has been told. */
class VolumeBook {
  readonly #sums: Readonly<Record<Signal, SignalVolume>>;
  readonly #told = emptySums();

  constructor(sums: Readonly<Record<Signal, SignalVolume>>) {
    this.#sums = sums;
  }

  /** What has come since the last call. */
  take(): Volume {
    const since = (signal: Signal): SignalVolume => {
      const [now, told] = [this.#sums[signal], this.#told[signal]];
      const more = { items: now.items - told.items, bytes: now.bytes - told.bytes };
      Object.assign(told, now);
      return more;
    };
    return { log: since("log"), metric: since("metric"), trace: since("trace") };
  }
}

type Sums = Record<Signal, { -readonly [K in keyof SignalVolume]: SignalVolume[K] }>;

function emptySums(): Sums {
  const none = (): Sums[Signal] => ({ items: 0, bytes: 0 });
  return { log: none(), metric: none(), trace: none() };
}
