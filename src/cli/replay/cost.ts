// What telemetry costs, by the `cost` keys of a configuration, or by a price of bytes alone. Pure.

import type { CostConfig } from "../../config/index.ts";
import type { Signal } from "../../policy/index.ts";
import { GIB } from "../terminal/amounts.ts";

const GB = 1e9;
const MILLION = 1e6;

/** What bytes and records cost. */
export class Cost {
  /** Undefined: not said. */
  readonly currency: string | undefined;
  readonly #config: CostConfig | undefined;
  readonly #perGib: number | undefined;

  /** `perGib` wins over what `config` says of bytes. */
  constructor(config: CostConfig | undefined, perGib: number | undefined) {
    this.currency = config?.currency;
    this.#config = config;
    this.#perGib = perGib;
  }

  of(signal: Signal, bytes: number): number {
    const { perGb = 0, perMillionRecords = 0 } = this.#config?.[signal] ?? {};
    const ofBytes =
      this.#perGib === undefined ? (bytes / GB) * perGb : (bytes / GIB) * this.#perGib;
    return ofBytes + perMillionRecords / MILLION;
  }
}
