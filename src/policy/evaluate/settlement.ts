// The outcome of one request beyond the verdicts on its records: exactly how many bytes policies
// removed and added, and which rate limit tokens it holds until it is known whether the upstream
// accepted it.

import { CHARGED_WINDOWS_MAX } from "../../core/limits.ts";
import type { RateCharge } from "../keep/rate-limiter.ts";
import { type ByteCount, Count } from "../count-table.ts";
import type { CountsRow } from "../counts.ts";
import type { Settlement, Undecided, UndecidedReason } from "../record-port.ts";

// One name after the other, here and below: looking up varying names costs a microsecond per body.
const { droppedBytes, sampledBytes, limitedBytes, budgetedBytes, removedBytes, addedBytes } = Count;

export class RequestSettlement implements Settlement {
  sampled = 0;
  limited = 0;
  budgeted = 0;
  readonly bytes: Record<ByteCount, number> = {
    droppedBytes: 0,
    sampledBytes: 0,
    limitedBytes: 0,
    budgetedBytes: 0,
    removedBytes: 0,
    addedBytes: 0,
  };
  /** Rows of the last policies that took a record away, and that edited one. */
  private cutRow: CountsRow | undefined;
  private cutBytes = droppedBytes;
  private editRow: CountsRow | undefined;
  readonly undecided: { -readonly [K in keyof Undecided]: Undecided[K] }[] = [];
  /** How many records each window was charged, or how many bytes each budget; oldest first. */
  private charges: Map<RateCharge, number> | undefined;
  /** Most records are charged to the same window as the one before, so these are noted together. */
  private last: RateCharge | undefined;
  private shadow: RequestSettlement | undefined;
  private lastAmount = 0;

  /** Adds the row of counts of one policy. */
  sum(counts: Float64Array, from: number): void {
    this.sampled += counts[from + Count.sampled] as number;
    this.limited += counts[from + Count.limited] as number;
    this.budgeted += counts[from + Count.budgeted] as number;
    const { bytes } = this;
    bytes.droppedBytes += counts[from + droppedBytes] as number;
    bytes.sampledBytes += counts[from + sampledBytes] as number;
    bytes.limitedBytes += counts[from + limitedBytes] as number;
    bytes.budgetedBytes += counts[from + budgetedBytes] as number;
    bytes.removedBytes += counts[from + removedBytes] as number;
    bytes.addedBytes += counts[from + addedBytes] as number;
  }

  /** `at`: the position of the count of bytes for its reason. */
  lastCut(row: CountsRow, at: number): void {
    this.cutRow = row;
    this.cutBytes = at;
  }

  lastEdit(row: CountsRow): void {
    this.editRow = row;
  }

  close(lessBytes: number): void {
    const { bytes } = this;
    const cut = bytes.droppedBytes + bytes.sampledBytes + bytes.limitedBytes + bytes.budgetedBytes;
    const rest = lessBytes + bytes.addedBytes - cut - bytes.removedBytes;
    if (rest > 0 && this.cutRow !== undefined) this.put(this.cutRow, this.cutBytes, rest);
    else if (rest > 0) this.put(this.editRow, removedBytes, rest);
    // Only edits make anything longer; the lengths of whatever encloses them grow along.
    else if (rest < 0) this.put(this.editRow, addedBytes, -rest);
  }

  private put(row: CountsRow | undefined, at: number, more: number): void {
    if (row === undefined) return;
    row.add(at, more);
    const { bytes } = this;
    if (at === droppedBytes) bytes.droppedBytes += more;
    else if (at === sampledBytes) bytes.sampledBytes += more;
    else if (at === limitedBytes) bytes.limitedBytes += more;
    else if (at === budgetedBytes) bytes.budgetedBytes += more;
    else if (at === removedBytes) bytes.removedBytes += more;
    else bytes.addedBytes += more;
  }

  charge(charge: RateCharge, amount = 1): void {
    if (charge !== this.last) {
      this.noteLast();
      this.last = charge;
    }
    this.lastAmount += amount;
  }

  undecide(policy: string, reason: UndecidedReason, records = 1): void {
    const known = this.undecided.find((one) => one.policy === policy && one.reason === reason);
    if (known === undefined) this.undecided.push({ policy, reason, records });
    else known.records += records;
  }

  /** Adds the result of a later part of the same request. */
  add(later: RequestSettlement): void {
    this.sampled += later.sampled;
    this.limited += later.limited;
    this.budgeted += later.budgeted;
    const { bytes } = this;
    bytes.droppedBytes += later.bytes.droppedBytes;
    bytes.sampledBytes += later.bytes.sampledBytes;
    bytes.limitedBytes += later.bytes.limitedBytes;
    bytes.budgetedBytes += later.bytes.budgetedBytes;
    bytes.removedBytes += later.bytes.removedBytes;
    bytes.addedBytes += later.bytes.addedBytes;
    if (later.cutRow !== undefined) this.lastCut(later.cutRow, later.cutBytes);
    this.editRow = later.editRow ?? this.editRow;
    for (const { policy, reason, records } of later.undecided) {
      this.undecide(policy, reason, records);
    }
    this.noteLast();
    later.noteLast();
    for (const [charge, amount] of later.charges ?? []) this.note(charge, amount);
  }

  /**
   * Adds the charges of policies in shadow; they are kept apart, so that they crowd out nothing.
   */
  attach(shadow: RequestSettlement): void {
    if (this.shadow === undefined) this.shadow = shadow;
    else this.shadow.add(shadow);
  }

  giveBack(): void {
    this.shadow?.giveBack();
    this.noteLast();
    for (const [charge, amount] of this.charges ?? []) charge.giveBack(amount);
    this.charges = undefined;
  }

  private noteLast(): void {
    if (this.last !== undefined) this.note(this.last, this.lastAmount);
    this.last = undefined;
    this.lastAmount = 0;
  }

  private note(charge: RateCharge, amount: number): void {
    this.charges ??= new Map();
    const { charges } = this;
    charges.set(charge, (charges.get(charge) ?? 0) + amount);
    if (charges.size <= CHARGED_WINDOWS_MAX) return;
    const oldest = charges.keys().next();
    if (oldest.done !== true) charges.delete(oldest.value);
  }
}
