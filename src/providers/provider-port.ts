// The interface between sources of policies and the registry. A provider knows how to get a set;
// the registry knows what to do with it. Providers never talk to the engine or to one another.

import type { Policy, Signal, StatusDelta } from "../policy/index.ts";

/** An error of a policy of a set. */
export interface LocatedError {
  readonly index: number;
  readonly error: string;
}

/** A complete set, good and bad policies alike. */
export interface PolicySet {
  readonly policies: readonly Policy[];
  /** Tells one set from another; any text. */
  readonly hash: string;
  /** Problems of the document outside its policies. */
  readonly problems?: readonly string[];
  /**
   * Where errors of `policies[index]` stand, e.g. `policies.json:4:81`. Asked once, soon after the
   * offer.
   */
  readonly locate?: (wanted: readonly LocatedError[]) => Promise<readonly string[]>;
}

/** The registry as one provider sees it. */
export interface ProviderHost {
  /**
   * Hands over a new set. Resolves when it is in force; rejects when the engine refused it or the
   * registry has stopped: then the provider must not remember the set as done.
   */
  offer(set: PolicySet): Promise<void>;
  /** What policies may ask of extensions has changed: their faults are looked for again. */
  refresh(): void;
  /** There was a response, with nothing new. */
  unchanged(): void;
  /** There was no usable response; the last good set stays. `reason` holds no secrets. */
  failed(reason: string): void;
  /** The copy of the last good response could not be written or used. */
  cacheFailed(reason: string): void;
  /** Counts of this provider's policies; acknowledged as soon as they are part of a request. */
  takeDelta(): StatusDelta;
  /**
   * Telemetry that came and that policies looked at, since this provider took it last: records, of
   * metrics data points, and bytes of decoded bodies. It is not handed out again.
   */
  takeVolume(): Readonly<Record<Signal, { readonly items: number; readonly bytes: number }>>;
}

/** Where policies come from: hands sets to its host until it is stopped. */
export interface PolicyProvider {
  readonly id: string;
  readonly kind: string;
  /** Path or URL for people, without secrets. */
  readonly source: string;
  /** Whether it takes deltas; the counts of a provider that does not are not kept for it. */
  readonly reportsStatus: boolean;
  /** Starts looking, without blocking. Called once. */
  start(host: ProviderHost): void;
  /** Looks now; resolves when that look has ended, well or not. */
  reload(): Promise<void>;
  /** Stops looking; a provider that reports counts reports them once more, within the deadline. */
  stop(deadlineMs: number): Promise<void>;
}
