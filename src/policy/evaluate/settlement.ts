// What one request has come to beside the verdicts of its records, and what it holds of the rate
// limits until it is known whether the upstream took it.

import { CHARGED_WINDOWS_MAX } from "../../core/limits.ts";
import type { RateCharge } from "../keep/rate-limiter.ts";
import type { Settlement } from "../record-port.ts";

export class RequestSettlement implements Settlement {
  sampled = 0;
  limited = 0;
  /** How many places were taken in each window, oldest first. */
  private readonly charges = new Map<RateCharge, number>();

  charge(charge: RateCharge, places = 1): void {
    const taken = this.charges.get(charge);
    this.charges.set(charge, (taken ?? 0) + places);
    if (taken !== undefined || this.charges.size <= CHARGED_WINDOWS_MAX) return;
    const oldest = this.charges.keys().next();
    if (oldest.done !== true) this.charges.delete(oldest.value);
  }

  /** Takes in what a later part of the same request came to. */
  add({ sampled, limited, charges }: RequestSettlement): void {
    this.sampled += sampled;
    this.limited += limited;
    for (const [charge, places] of charges) this.charge(charge, places);
  }

  giveBack(): void {
    for (const [charge, places] of this.charges) charge.giveBack(places);
    this.charges.clear();
  }
}
