// The threads that serve in place of the main one, as the main one sees them.

import type { FindAnswer, FindQuery } from "../../admin/find/sightings.ts";
import type { TapBatch, TapSubscription } from "../../admin/tap/tap-subscriptions.ts";
import type { AnalysisCounts, AnalysisSpec } from "../../analysis/index.ts";
import type { RecordCall } from "../../extensions/index.ts";
import type { GateState } from "../../pipeline/policy-gate.ts";
import type { JudgingThreads } from "../policy-runtime.ts";

/** Answers of the threads that gave one in time. */
export interface Answers<A> {
  readonly asked: number;
  readonly answers: readonly A[];
}

/** Threads that serve in place of this one, as far as the assembly has to know of them. */
export interface ServingThreads extends JudgingThreads {
  /** How many there are to be. */
  readonly count: number;
  /** How many of them serve at the moment. */
  serving(): number;
  /** Tells all threads, those that come later too, whether the first policies are in force. */
  showGate(state: GateState): void;
  /** JavaScript heaps of these threads in use. */
  heapBytes(): number;
  /** What requests and connections of these threads hold. */
  held(): { readonly requests: number; readonly bytes: number; readonly connections: number };
  /** Tells all threads which taps are open. */
  showTaps(specs: readonly TapSubscription[]): void;
  /** Who is told of what they leave for taps. */
  onTapped(listener: (batch: TapBatch) => void): void;
  /** Tells all threads what to look at; undefined: nothing. */
  showAnalysis(spec: AnalysisSpec | undefined): void;
  /** Asks all threads what they counted of it. */
  analysisCounts(): Promise<Answers<AnalysisCounts>>;
  /** Asks all threads where something went. */
  find(query: FindQuery): Promise<Answers<FindAnswer>>;
  /** Who is told when they have records for extensions. */
  onOffers(listener: (call: RecordCall) => void): void;
}
