// Whether budgets keep the current record. What they need to know about the record is computed
// once, however many of them ask, and not at all if no budget matches.

import type { SlotTable } from "../compile/slot-table.ts";
import { FNV32_START } from "../../core/hash.ts";
import { Field } from "../fields.ts";
import type { CompiledBudget } from "../keep/compile-keep.ts";
import type { RateCharge } from "../keep/rate-limiter.ts";
import type { ValueStore } from "../value-store.ts";
import { drawOfTrace, isErrorLog, isErrorSpan, shapeOf } from "./record-shape.ts";

const UNKNOWN = -1;

export class BudgetTest {
  /** After `keeps`: the charge for the record, by its bytes. */
  charge: RateCharge | undefined;
  private readonly slots: SlotTable;
  private readonly values: ValueStore;
  private readonly random: () => number;
  private isError: boolean | undefined;
  private pattern: number | undefined;
  private draw = UNKNOWN;

  /** `slots`: the ones that were reserved. `random`: uniform in [0, 1). */
  constructor(slots: SlotTable, values: ValueStore, random: () => number) {
    this.slots = slots;
    this.values = values;
    this.random = random;
  }

  /** To be called before each record. */
  begin(): void {
    this.isError = this.pattern = undefined;
    this.draw = UNKNOWN;
  }

  keeps({ day, keepsErrors, keepsRare }: CompiledBudget, bytes: number): boolean {
    if (keepsErrors && (this.isError ??= this.tellsError())) {
      day.exempts(bytes);
      this.charge = day.exempt;
      return true;
    }
    if (this.draw === UNKNOWN) this.draw = this.drawn();
    const pattern = keepsRare ? (this.pattern ??= this.patternOf()) : 0;
    const isKept = day.keeps(bytes, pattern, this.draw);
    this.charge = isKept ? day.kept : day.cut;
    return isKept;
  }

  private tellsError(): boolean {
    const { values, slots } = this;
    const slot = (field: number): number => slots.fieldSlots[field] as number;
    if (slots.signal === "trace") return isErrorSpan(values, slot(Field.span_status));
    if (slots.signal !== "log") return false;
    return isErrorLog(values, slot(Field.severity_number), slot(Field.severity_text));
  }

  /** Spans have no pattern: a trace would be torn apart where its spans differ. */
  private patternOf(): number {
    const { signal, fieldSlots } = this.slots;
    if (signal === "trace") return 0;
    const field = signal === "log" ? Field.body : Field.name;
    return shapeOf(this.values, fieldSlots[field] as number, FNV32_START + field);
  }

  private drawn(): number {
    const { signal, fieldSlots } = this.slots;
    const slot = fieldSlots[Field.trace_id] as number;
    const isOfTrace = signal === "trace" && this.values.has(slot);
    return isOfTrace ? drawOfTrace(this.values, slot) : this.random();
  }
}
