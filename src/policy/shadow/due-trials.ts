// The policies in shadow that may have an edit to make on one object, and for how many records.

import type { StageIndex } from "../transform/stage.ts";

export class DueTrials {
  count = 0;
  /** The current stage, and how many policies were asked in it, in the order of their ids. */
  stage: StageIndex = 0;
  next = 0;
  private readonly policies: Int32Array;
  /** By policy; 0: the policy is not due. */
  private readonly records: Float64Array;
  /** By policy: 1 if it would edit something. */
  private readonly edits: Uint8Array;
  private isSorted = true;

  /** `size`: number of policies. */
  constructor(size: number) {
    this.policies = new Int32Array(size);
    this.records = new Float64Array(size);
    this.edits = new Uint8Array(size);
  }

  add(policy: number, records: number): void {
    if (this.records[policy] === 0) {
      this.policies[this.count++] = policy;
      this.isSorted = false;
    }
    this.records[policy] = (this.records[policy] as number) + records;
  }

  get isLeft(): boolean {
    return this.next < this.count;
  }

  /** The policy at that position in the order of ids. */
  sorted(place: number): number {
    if (!this.isSorted) this.policies.subarray(0, this.count).sort();
    this.isSorted = true;
    return this.policies[place] as number;
  }

  isEditing(policy: number): boolean {
    return this.edits[policy] === 1;
  }

  noteEdit(policy: number): void {
    this.edits[policy] = 1;
  }

  recordsOf(policy: number): number {
    return this.records[policy] as number;
  }

  clear(): void {
    for (let i = 0; i < this.count; i++) {
      const policy = this.policies[i] as number;
      this.records[policy] = this.edits[policy] = 0;
    }
    this.count = this.next = this.stage = 0;
    this.isSorted = true;
  }
}
