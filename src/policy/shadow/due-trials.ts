// Policies in shadow that would have something to edit on one object, and for how many records.

export class DueTrials {
  count = 0;
  /** How many were asked, in the order of their ids. */
  next = 0;
  private readonly policies: Int32Array;
  /** By policy; 0: it is not due. */
  private readonly records: Float64Array;
  private isSorted = true;

  /** `size`: number of policies. */
  constructor(size: number) {
    this.policies = new Int32Array(size);
    this.records = new Float64Array(size);
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

  /** The policy of that place in the order of their ids. */
  sorted(place: number): number {
    if (!this.isSorted) this.policies.subarray(0, this.count).sort();
    this.isSorted = true;
    return this.policies[place] as number;
  }

  recordsOf(policy: number): number {
    return this.records[policy] as number;
  }

  clear(): void {
    for (let i = 0; i < this.count; i++) this.records[this.policies[i] as number] = 0;
    this.count = this.next = 0;
    this.isSorted = true;
  }
}
