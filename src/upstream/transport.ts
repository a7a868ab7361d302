// The interface between an upstream client and what carries its requests: one attempt to send a
// request, which reports how far it has come.

import type { InFlightRequest } from "./in-flight-requests.ts";
import type { UpstreamRequest } from "../pipeline/upstream.ts";

export interface Transport {
  /**
   * Whether `inFlight.isConnected` is set as soon as the request's connection is open. Otherwise
   * the client has to find out with a connection of its own.
   */
  readonly knowsConnect: boolean;
  /**
   * Makes one attempt; resolves with the response, without the headers of this hop. It sets three
   * members of `inFlight`: the `target`, by which the attempt can be ended, `metPooled` and
   * `isWhole`. With `isFresh`, no existing connection is used.
   */
  start(request: UpstreamRequest, inFlight: InFlightRequest, isFresh: boolean): Promise<Response>;
  /** Closes idle connections. */
  stop(): void;
}
