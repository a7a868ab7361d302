// What one request has come to beside the verdicts of its records, and what it holds of the rate
// limits until it is known whether the upstream took it.

import { CHARGED_WINDOWS_MAX } from "../../core/limits.ts";
import type { RateCharge } from "../keep/rate-limiter.ts";
import type { Settlement, Undecided, UndecidedReason } from "../record-port.ts";

export class RequestSettlement implements Settlement {
  sampled = 0;
  limited = 0;
  readonly undecided: { -readonly [K in keyof Undecided]: Undecided[K] }[] = [];
  /** How many places were taken in each window, oldest first. */
  private readonly charges = new Map<RateCharge, number>();

  charge(charge: RateCharge, places = 1): void {
    const taken = this.charges.get(charge);
    this.charges.set(charge, (taken ?? 0) + places);
    if (taken !== undefined || this.charges.size <= CHARGED_WINDOWS_MAX) return;
    const oldest = this.charges.keys().next();
    if (oldest.done !== true) this.charges.delete(oldest.value);
  }

  undecide(policy: string, reason: UndecidedReason, records = 1): void {
    const known = this.undecided.find((one) => one.policy === policy && one.reason === reason);
    if (known === undefined) this.undecided.push({ policy, reason, records });
    else known.records += records;
  }

  /** Takes in what a later part of the same request came to. */
  add({ sampled, limited, undecided, charges }: RequestSettlement): void {
    this.sampled += sampled;
    this.limited += limited;
    for (const { policy, reason, records } of undecided) this.undecide(policy, reason, records);
    for (const [charge, places] of charges) this.charge(charge, places);
  }

  giveBack(): void {
    for (const [charge, places] of this.charges) charge.giveBack(places);
    this.charges.clear();
  }
}
