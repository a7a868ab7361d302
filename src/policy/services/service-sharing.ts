// What readers of bodies, and callers that have bodies judged, report, so that each body can be
// counted by service.

import type { BodyFlow } from "./flow-counts.ts";

/** Told of resources whose service is known without asking, and of each body, when it is over. */
export interface ServiceSharing {
  /**
   * The resource at hand is of the service of that name, in UTF-8, whatever values are put for it.
   */
  nameIs(bytes: Uint8Array, start: number, end: number): void;
  /** The body that was judged last came to this in all. */
  settle(whole: BodyFlow): void;
  /** The same of a body that is one service's, whatever stands in it. */
  settleAs(service: Uint8Array, whole: BodyFlow): void;
}
