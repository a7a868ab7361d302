// What an upstream client needs of the thing that carries requests: one attempt, told to a flight.

import type { Flight } from "./in-flight-requests.ts";
import type { UpstreamRequest } from "../pipeline/upstream.ts";

export interface Transport {
  /**
   * Whether `flight.isConnected` is set as soon as the request's connection is open. Without it the
   * client has to find out by a connection of its own.
   */
  readonly knowsConnect: boolean;
  /**
   * Makes one attempt; resolves with the answer, without the headers of this hop. Sets
   * `flight.target`, by which the attempt can be ended, `flight.metPooled` and `flight.isWhole`.
   * With `isFresh` no old connection is used.
   */
  start(request: UpstreamRequest, flight: Flight, isFresh: boolean): Promise<Response>;
  /** Closes idle connections. */
  close(): void;
}
