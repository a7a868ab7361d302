// The interface of the store that hands out the tokens of limits that several instances share. What
// one call asks for is done at once, or not at all.

import type { LeaseAnswer, LeaseAsk } from "../../policy/index.ts";

/** One limit in the store. */
export interface StoreLimit {
  /** The same in all instances for the same policy with the same keep. */
  readonly id: string;
  readonly count: number;
  readonly windowMs: number;
}

/** A window of a limit, perhaps of one key. */
export interface StoreWindow {
  readonly limit: StoreLimit;
  readonly name: string;
  readonly window: number;
}

export interface StoreAsk extends Omit<LeaseAsk, "entry"> {
  readonly limit: StoreLimit;
  /** The most that a lease may be. */
  readonly leaseMax: number;
}

/** Tokens that an instance does not need. */
export interface StoreGift extends StoreWindow {
  readonly tokens: number;
}

export interface StoreCall {
  readonly member: string;
  /** Whether to tell who else is there. Also tells the others that this instance is. */
  readonly asksMembers: boolean;
  /** Whether to tell which windows have lacked tokens since this time of the store. */
  readonly lackingSinceMs: number | undefined;
  readonly asks: readonly StoreAsk[];
  readonly gifts: readonly StoreGift[];
}

export interface StoreReply {
  /** The store's clock, with parts of milliseconds. */
  readonly nowMs: number;
  /** Sorted. */
  readonly members: readonly string[] | undefined;
  /** Of the asks, in their order. */
  readonly answers: readonly LeaseAnswer[];
  readonly lacking: readonly { readonly id: string; readonly name: string; window: number }[];
}

/** Why the store did not do what it was asked. */
export type StoreFault = "connection" | "timeout" | "refused";

export class LimitStoreError extends Error {
  readonly code = "limit_store";
  readonly fault: StoreFault;
  constructor(fault: StoreFault, message: string) {
    super(message);
    this.name = "LimitStoreError";
    this.fault = fault;
  }
}

export interface LimitStore {
  /** Rejects with LimitStoreError. */
  call(call: StoreCall): Promise<StoreReply>;
  /** This instance is not there any more. */
  leave(member: string): Promise<void>;
  close(): void;
}

/** Connects; rejects with LimitStoreError. */
export type OpenLimitStore = () => Promise<LimitStore>;
