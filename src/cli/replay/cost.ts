// Computes what telemetry costs, from the `cost` keys of a configuration or from a price per byte
// alone. Pure.

import type { CostConfig } from "../../config/index.ts";
import { priceOf } from "../../admin/savings/price.ts";
import type { Signal } from "../../policy/index.ts";
import { GIB } from "../terminal/amounts.ts";

const NO_PRICE = { perGb: 0, perMillionRecords: 0 };

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
    const price = this.#config?.[signal] ?? NO_PRICE;
    if (this.#perGib === undefined) return priceOf(price, bytes, 1);
    return (bytes / GIB) * this.#perGib + priceOf(price, 0, 1);
  }
}
