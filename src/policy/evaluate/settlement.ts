// The outcome of one request besides the verdicts on its records, and what it holds of the rate
// limits until it is known whether the upstream accepted it.

import { CHARGED_WINDOWS_MAX } from "../../core/limits.ts";
import type { RateCharge } from "../keep/rate-limiter.ts";
import type { Settlement, Undecided, UndecidedReason } from "../record-port.ts";

export class RequestSettlement implements Settlement {
  sampled = 0;
  limited = 0;
  readonly undecided: { -readonly [K in keyof Undecided]: Undecided[K] }[] = [];
  /** How many records each window was charged, oldest first. */
  private readonly charges = new Map<RateCharge, number>();
  /** Most records are charged to the window of the one before: they are noted together. */
  private last: RateCharge | undefined;
  private lastRecords = 0;

  charge(charge: RateCharge): void {
    if (charge !== this.last) {
      this.noteLast();
      this.last = charge;
    }
    this.lastRecords++;
  }

  undecide(policy: string, reason: UndecidedReason, records = 1): void {
    const known = this.undecided.find((one) => one.policy === policy && one.reason === reason);
    if (known === undefined) this.undecided.push({ policy, reason, records });
    else known.records += records;
  }

  /** Takes in what a later part of the same request came to. */
  add(later: RequestSettlement): void {
    this.sampled += later.sampled;
    this.limited += later.limited;
    for (const { policy, reason, records } of later.undecided) {
      this.undecide(policy, reason, records);
    }
    this.noteLast();
    later.noteLast();
    for (const [charge, records] of later.charges) this.note(charge, records);
  }

  giveBack(): void {
    this.noteLast();
    for (const [charge, records] of this.charges) charge.giveBack(records);
    this.charges.clear();
  }

  private noteLast(): void {
    if (this.last !== undefined) this.note(this.last, this.lastRecords);
    this.last = undefined;
    this.lastRecords = 0;
  }

  private note(charge: RateCharge, records: number): void {
    const taken = this.charges.get(charge);
    this.charges.set(charge, (taken ?? 0) + records);
    if (taken !== undefined || this.charges.size <= CHARGED_WINDOWS_MAX) return;
    const oldest = this.charges.keys().next();
    if (oldest.done !== true) this.charges.delete(oldest.value);
  }
}
