// The interface between an upstream client and what carries its requests: one attempt to send a
// request, which tells how far it has come.

import type { InFlightRequest } from "./in-flight-requests.ts";
import type { UpstreamRequest } from "../pipeline/upstream.ts";

export interface Transport {
  /**
   * Whether `inFlight.isConnected` is set as soon as the request's connection is open. Without it
   * the client has to find out by a connection of its own.
   */
  readonly knowsConnect: boolean;
  /**
   * Makes one attempt; resolves with the response, without the headers of this hop. Sets of
   * `inFlight` the `target`, by which the attempt can be ended, `metPooled` and `isWhole`. With
   * `isFresh` no old connection is used.
   */
  start(request: UpstreamRequest, inFlight: InFlightRequest, isFresh: boolean): Promise<Response>;
  /** Closes idle connections. */
  stop(): void;
}
