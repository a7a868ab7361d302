// The transforms that are due: of the record at hand, and of its scope and resource, which are
// edited once after all of their records have been matched, so that no record sees another one's
// changes.

import type { CompiledPolicy } from "../compile/program.ts";
import { Level, type LevelIndex } from "../fields.ts";
import type { RecordEditor } from "../record-port.ts";
import { runOperation } from "../transform/run-transform.ts";
import type { Ledger } from "./ledger.ts";

/** Policies whose operations on one object are due, each once. */
class Due {
  readonly policies: Int32Array;
  private readonly isDue: Uint8Array;
  count = 0;

  constructor(size: number) {
    this.policies = new Int32Array(size);
    this.isDue = new Uint8Array(size);
  }

  add(policy: number): void {
    if (this.isDue[policy] !== 0) return;
    this.isDue[policy] = 1;
    this.policies[this.count++] = policy;
  }

  clear(): void {
    for (let i = 0; i < this.count; i++) this.isDue[this.policies[i] as number] = 0;
    this.count = 0;
  }
}

export class Edits {
  private readonly compiled: readonly CompiledPolicy[];
  private readonly ledger: Ledger;
  private readonly due: readonly [record: Due, scope: Due, resource: Due];

  constructor(policies: readonly CompiledPolicy[], ledger: Ledger) {
    this.compiled = policies;
    this.ledger = ledger;
    this.due = [new Due(policies.length), new Due(policies.length), new Due(policies.length)];
  }

  /**
   * Notes what the matched policies want of a kept record; whether the record itself is to be
   * edited.
   */
  collect(matched: Int32Array, count: number): boolean {
    this.due[Level.record].clear();
    for (let i = 0; i < count; i++) {
      const policy = matched[i] as number;
      const transform = this.compiled[policy]?.transform;
      if (transform === undefined) continue;
      if (transform[Level.record].length > 0) this.due[Level.record].add(policy);
      if (transform[Level.scope].length > 0) this.due[Level.scope].add(policy);
      if (transform[Level.resource].length > 0) this.due[Level.resource].add(policy);
    }
    return this.due[Level.record].count > 0;
  }

  has(level: LevelIndex): boolean {
    return this.due[level].count > 0;
  }

  clear(level: LevelIndex): void {
    this.due[level].clear();
  }

  /** Runs the operations on one object, policy by policy in the order of their ids. */
  run(level: LevelIndex, editor: RecordEditor): void {
    const due = this.due[level];
    const policies = due.policies.subarray(0, due.count).sort();
    for (const policy of policies) {
      for (const operation of this.compiled[policy]?.transform?.[level] ?? []) {
        const hit = runOperation(operation, editor);
        this.ledger.count(policy, operation.stage + (hit ? 0 : 1));
      }
    }
    due.clear();
  }
}
