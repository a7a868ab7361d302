// Explains records whose data points are judged one by one. Each policy that asks for data points
// is tried on every point, and its explanation is about the point that comes closest to matching.

import type { PointDecision } from "./point-decision.ts";
import type { PolicyExplanation } from "../explanation.ts";
import { Level } from "../fields.ts";
import type { PointEvaluation } from "./point-evaluation.ts";
import type { ValueStore } from "../value-store.ts";

interface Parts {
  readonly values: ValueStore;
  readonly decision: PointDecision;
  /** Numbers of the policies that ask for data points one by one. */
  readonly pointwise: readonly number[];
  /** The other policies that match the record and are enforced for it. */
  readonly matchRecord: () => readonly number[];
  /** Which of these policies are enforced for the record. */
  readonly enforced: (policies: readonly number[]) => readonly number[];
  readonly explain: (policy: number) => PolicyExplanation;
}

export class ExplainedPoints implements PointEvaluation {
  /** Whether the points of the current record were asked for. */
  isOpen = false;
  /** By policy: what it saw in the point that comes closest to matching. */
  readonly nearest = new Map<number, PolicyExplanation>();
  private readonly parts: Parts;
  private ofRecord: readonly number[] = [];
  private readonly matched = new Set<number>();

  constructor(parts: Parts) {
    this.parts = parts;
  }

  open(): boolean {
    this.nearest.clear();
    this.matched.clear();
    this.ofRecord = this.parts.matchRecord();
    this.parts.decision.open(Int32Array.from(this.ofRecord), this.ofRecord.length);
    this.isOpen = true;
    return true;
  }

  begin(): void {
    this.parts.values.begin(Level.point);
  }

  keeps(pointBytes: number): boolean {
    const { pointwise, explain, enforced, decision } = this.parts;
    const matching = pointwise.filter((policy) => {
      const explained = explain(policy);
      const known = this.nearest.get(policy);
      if (known === undefined || missing(explained) < missing(known)) {
        this.nearest.set(policy, explained);
      }
      return missing(explained) === 0;
    });
    const own = enforced(matching);
    for (const policy of own) this.matched.add(policy);
    const all = Int32Array.from([...this.ofRecord, ...own]);
    return decision.keeps(all, all.length, pointBytes);
  }

  /** Whether the record stays, and the policies that match it or any of its points. */
  close(recordBytes: number): { readonly kept: boolean; readonly matched: readonly number[] } {
    const { decision } = this.parts;
    this.isOpen = false;
    const { ofRecord } = this;
    const kept = decision.close(Int32Array.from(ofRecord), ofRecord.length, recordBytes);
    const matched = [...ofRecord, ...this.matched];
    const [any] = matched;
    if (kept && any !== undefined) decision.nameDecider(any);
    return { kept, matched };
  }

  /** How many points of the last closed record were dropped; "" if none was. */
  get dropped(): string {
    const { found, dropped } = this.parts.decision;
    return dropped === 0 ? "" : `${dropped} of ${found} data points`;
  }
}

function missing({ matchers }: PolicyExplanation): number {
  return matchers.filter(({ holds }) => !holds).length;
}
