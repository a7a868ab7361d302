// What readers of bodies, and callers that have bodies judged, report, so that each body can be
// counted by service.

import type { BodyFlow } from "./flow-counts.ts";

/**
 * Is told about resources whose service is known in advance, and about each body when it is over.
 */
export interface ServiceSharing {
  /**
   * Says that the current resource belongs to the service with that name, in UTF-8, whatever values
   * are put for it.
   */
  nameIs(bytes: Uint8Array, start: number, end: number): void;
  /** Reports the whole outcome of the body that was judged last. */
  settle(whole: BodyFlow): void;
  /** The same for a body that belongs to one service, whatever it contains. */
  settleAs(service: Uint8Array, whole: BodyFlow): void;
}
