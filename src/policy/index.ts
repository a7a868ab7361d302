// The product: what a policy is, how a set of them is compiled, and how a record is judged by it.
// Pure: no Bun, no node:, no clock, no randomness and no I/O; all of these are passed in.

export * from "./decode/index.ts";
export { COUNTS, PolicyCounts, FORGOTTEN_ID, TRANSFORM_STAGES } from "./counts.ts";
export { createEngine, type Engine, limiterKey } from "./engine.ts";
export * from "./engine-port.ts";
export * from "./extension-port.ts";
export type * from "./explain.ts";
export { FaultList, isFaultCount } from "./fault-list.ts";
export * from "./fields.ts";
export type { RateLimiter } from "./keep/rate-limiter.ts";
export {
  createSharedRates,
  type RateKeep,
  type SharedRate,
  SharedRateLimiter,
} from "./keep/rate-limiter-shared.ts";
export * from "./model.ts";
export { type PriceWarnings, priceWarnings } from "./prices.ts";
export * from "./record-port.ts";
export type { RegexJudge } from "../regex/port.ts";
