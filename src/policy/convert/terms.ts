// The input and the outcome of a conversion: what is known about the traffic, and why a policy
// stays in its dialect, naming each loss once. Pure.

import type { RegexValidator } from "../../regex/port.ts";
import type { Policy } from "../model.ts";

export interface ConvertOptions {
  readonly validateRegex: RegexValidator;
  /** No span arrives with a threshold in its tracestate: nobody has sampled them before. */
  readonly spansArriveUnsampled?: boolean;
}

/** Something has no counterpart in the other dialect. */
export class Loss extends Error {}

export class Losses {
  readonly reasons: string[] = [];

  get none(): boolean {
    return this.reasons.length === 0;
  }

  add(reason: string): void {
    if (!this.reasons.includes(reason)) this.reasons.push(reason);
  }

  /**
   * Returns what `make` makes; if that loses something, notes the reason and returns `otherwise`.
   */
  attempt<T>(make: () => T, otherwise: T): T {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof Loss)) throw error;
      this.add(error.message);
      return otherwise;
    }
  }
}

/** A policy of a set, and whether it is to be converted so far. */
export interface Candidate {
  readonly policy: Policy;
  readonly isConverted: boolean;
  readonly losses: Losses;
}

/** Whether the policy does anything. */
export function isInForce({ enabled, errors, target }: Policy): boolean {
  return enabled && errors.length === 0 && target !== undefined;
}
