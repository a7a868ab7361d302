// The messages between the main thread and its workers. They are plain data, because they are
// cloned when they are sent.

import type { UpstreamHeaderValues, ProxyConfig } from "../../config/index.ts";
import type { RecordCall } from "../../extensions/index.ts";
import type { EventName } from "../../o11y/index.ts";
import type { SharedSet } from "../../policy/index.ts";
import type { ListenTlsPem } from "../../server/listener.ts";
import type { GateState } from "../../pipeline/policy-gate.ts";
import type { AnalysisCounts, AnalysisSpec } from "../../analysis/index.ts";
import type { FindAnswer, FindQuery } from "../../admin/find/sightings.ts";
import type { TapBatch, TapSubscription } from "../../admin/tap/tap-subscriptions.ts";
import type { CallMessage, ResponseMessage } from "./port-fetch.ts";
import type { RateList } from "./rate-list.ts";

/** Tells worker data of ours from any other. */
export const WORKER_DATA_KIND = "edge.worker";

/** What a worker is started with. */
export interface WorkerSetup {
  readonly kind: typeof WORKER_DATA_KIND;
  readonly config: ProxyConfig;
  /** On the address of the configuration; never 0. */
  readonly port: number;
  /** Of gRPC, likewise; undefined: it is not served, or not on a port. */
  readonly grpcPort: number | undefined;
  readonly tls: ListenTlsPem | undefined;
  /** What headers of requests to upstreams are set to; undefined: it looks itself. */
  readonly headerValues: UpstreamHeaderValues | undefined;
  readonly idleTimeoutMs: number;
  /** What the program calls itself to upstreams. */
  readonly pseudonym: string;
  /** How many there are. */
  readonly workers: number;
  /** Its slot in the shared state. */
  readonly slot: number;
  /** Its name as an owner of locks: no other worker ever had it. */
  readonly owner: number;
  readonly state: SharedArrayBuffer;
  readonly events: SharedArrayBuffer;
  /** For the report of a fatal signal; undefined: there is none. */
  readonly threadReports: SharedArrayBuffer | undefined;
  /** Events that somebody in the main thread listens to. */
  readonly wanted: readonly EventName[];
  /** What budgets have spent; undefined: there are none. */
  readonly budgets: SharedArrayBuffer | undefined;
  /** What it counts by service. */
  readonly services: SharedArrayBuffer;
  /** See clock.ts. */
  readonly clock: SharedArrayBuffer;
  /** The set to wait for before listening; 0: there is none yet. */
  readonly version: number;
  readonly gate: GateState;
}

/** A set of policies to put in force. */
export interface PoliciesMessage {
  readonly kind: "policies";
  readonly version: number;
  readonly set: SharedSet;
  readonly rates: RateList;
  readonly counts: SharedArrayBuffer;
}

/** What a worker may be asked. */
export type ThreadQuestion =
  /** Where something went. */
  | { readonly about: "find"; readonly query: FindQuery }
  /** What it counted of what it looked at. */
  | { readonly about: "analysis" };

/** What it answers. */
export interface ThreadAnswers {
  readonly find: FindAnswer;
  readonly analysis: AnalysisCounts;
}

export type ToWorker =
  | PoliciesMessage
  /** Take no new connections, answer what there is, then end. */
  | { readonly kind: "drain" }
  /** From now on every response asks its client to use another connection. */
  | { readonly kind: "announce_drain" }
  /** Whether the first policies are in force. */
  | { readonly kind: "gate"; readonly state: GateState }
  /** The certificate of new connections. */
  | { readonly kind: "tls"; readonly tls: ListenTlsPem }
  /** What headers of requests to upstreams are set to from now on. */
  | { readonly kind: "header_values"; readonly values: UpstreamHeaderValues }
  /** The taps that are open from now on. */
  | { readonly kind: "taps"; readonly specs: readonly TapSubscription[] }
  /** To be answered with "answer". */
  | { readonly kind: "ask"; readonly id: number; readonly question: ThreadQuestion }
  /** What is looked at from now on; undefined: nothing. */
  | { readonly kind: "analyse"; readonly spec: AnalysisSpec | undefined }
  /** One "tapped" was taken. */
  | { readonly kind: "tapped.taken" }
  | CallMessage
  | ResponseMessage;

export type FromWorker =
  | { readonly kind: "listening"; readonly url: string }
  | {
      readonly kind: "bind_failed";
      readonly where: string;
      readonly reason: string;
      readonly cure: string;
    }
  | { readonly kind: "swapped"; readonly version: number }
  /** It keeps the set that it has, whatever else comes: another worker must take its place. */
  | { readonly kind: "swap_failed" }
  /** An error was not caught: the worker goes on until it is replaced. */
  | { readonly kind: "failed"; readonly reason: string; readonly report: string }
  /** Answer the time (clock.ts). */
  | { readonly kind: "clock" }
  /** There are many events to take. */
  | { readonly kind: "events" }
  /** What a request left for taps. */
  | { readonly kind: "tapped"; readonly batch: TapBatch }
  | {
      readonly kind: "answer";
      readonly id: number;
      readonly answer: ThreadAnswers[ThreadQuestion["about"]];
    }
  /** There are records for an extension. */
  | { readonly kind: "offers"; readonly call: RecordCall }
  | CallMessage
  | ResponseMessage;
