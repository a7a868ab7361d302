// What a caller that has bodies judged reports about each body, so that it can be counted by
// service.

import type { BodyFlow } from "./flow-counts.ts";

/** Told of each body, when it is over. */
export interface ServiceSharing {
  /** The body that was judged last came to this in all. */
  settle(whole: BodyFlow): void;
  /** The same of a body that is one service's, whatever stands in it. */
  settleAs(service: Uint8Array, whole: BodyFlow): void;
}
