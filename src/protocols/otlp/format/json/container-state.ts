// What is known about the resource or scope that is being walked.

import { failAt, knownEnd, ListCutter, Scratch, skipValue } from "../../../../core/json/index.ts";
import { OWNER_BYTES_MAX, OWNER_MEMBERS_MAX } from "../../../../core/limits.ts";
import type { Rewriter } from "../../../../core/rewriter.ts";
import type { ObjectPlan } from "./object-plan.ts";
import { MemberRuns } from "./record-frame.ts";

/** Where a resource or scope object is in the input, and where it begins in the output. */
export interface OwnerRange {
  readonly start: number;
  readonly end: number;
  readonly position: number;
}

export class ContainerState {
  readonly plan: ObjectPlan;
  readonly scratch = new Scratch();
  readonly cutter: ListCutter;
  /** Its values were reported: before its first record. */
  reported = false;
  /** What stands behind them had been read by then. */
  readBehind = false;
  /** What is asked of the resource or scope is of a wrong type: its records are not judged. */
  odd = false;
  /** The resource or scope object; more than one when the member is repeated. */
  readonly owners: OwnerRange[] = [];
  /** What it has so far beside the list of children. */
  readonly members = new MemberRuns();
  /** Where the container begins, and where that is in the output. */
  start = 0;
  position = 0;
  /** Something is left in it; and what was in it went, if anything. */
  left = false;
  emptied = false;
  /** Containers that were edited before the one at hand was walked. */
  editedBefore = 0;
  /** Where its list of containers goes on that was left for a pause; -1: inside of one. */
  pausedAt = -1;

  constructor(plan: ObjectPlan, rewriter: Rewriter) {
    this.plan = plan;
    this.cutter = new ListCutter(rewriter);
  }

  /** `emptied`: it goes if it came in empty. */
  begin(start: number, position: number, emptied: boolean): void {
    this.plan.seen = 0;
    this.reported = false;
    this.readBehind = false;
    this.odd = false;
    this.owners.length = 0;
    this.members.clear();
    this.start = start;
    this.position = position;
    this.left = false;
    this.emptied = emptied;
    this.scratch.reset();
  }

  /**
   * Before the resource or scope object at `at` is read, in one go, and edited as well: throws when
   * that takes too long.
   */
  checkOwner(bytes: Uint8Array, at: number): void {
    if (bytes.length <= OWNER_BYTES_MAX && this.owners.length < OWNER_MEMBERS_MAX) return;
    const before = this.owners.filter((owner) => owner.start < at);
    const size = before.reduce((sum, { start, end }) => sum + end - start, 0);
    const end = knownEnd(bytes, at) ?? skipValue(bytes, at, 0);
    if (before.length >= OWNER_MEMBERS_MAX || size + end - at > OWNER_BYTES_MAX) {
      failAt(bytes, at, "less of a resource or scope");
    }
  }

  /** The look ahead notes those behind the records once, the walk again, with their position. */
  noteOwner(start: number, end: number, position: number): void {
    const { owners } = this;
    const known = owners.findIndex((owner) => owner.start === start);
    if (known < 0) owners.push({ start, end, position });
    else owners[known] = { start, end, position };
  }
}
