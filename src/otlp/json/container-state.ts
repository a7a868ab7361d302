// What is known of the resource, or the scope, that is being walked.

import { Scratch } from "../../core/json/index.ts";
import type { Rewriter } from "../rewriter.ts";
import { ListCutter } from "./list-cutter.ts";
import type { ObjectPlan } from "./object-plan.ts";

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
  /** What is asked of the resource or scope is of a wrong type: its records are not judged. */
  odd = false;
  /** The resource or scope object; more than one when the member is repeated. */
  readonly owners: OwnerRange[] = [];
  /** Where the container begins in the output. */
  position = 0;

  constructor(plan: ObjectPlan, rewriter: Rewriter) {
    this.plan = plan;
    this.cutter = new ListCutter(rewriter);
  }

  begin(position: number): void {
    this.plan.seen = 0;
    this.reported = false;
    this.odd = false;
    this.owners.length = 0;
    this.position = position;
    this.scratch.reset();
  }

  /** The look ahead notes those behind the records once, the walk again, with their position. */
  noteOwner(start: number, end: number, position: number): void {
    const { owners } = this;
    const known = owners.findIndex((owner) => owner.start === start);
    if (known < 0) owners.push({ start, end, position });
    else owners[known] = { start, end, position };
  }
}
