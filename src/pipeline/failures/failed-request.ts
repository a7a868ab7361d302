// A telemetry request that failed, as it was sent, and the interface of a keeper of such requests.

import type { FailOpenReason, Telemetry } from "../../o11y/events.ts";
import type { OutgoingBody } from "../upstream.ts";

/** A request as it was sent to its upstream, and what happened to it. */
export interface FailedRequest {
  readonly method: string;
  /** Path and query as the client wrote them. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: OutgoingBody;
  readonly telemetry: Telemetry;
  /** The status that the upstream answered with; undefined: it did not answer. */
  readonly status: number | undefined;
  /** Why policies could not read it; undefined: they could. */
  readonly unread: FailOpenReason | undefined;
}

/** Sees all telemetry requests, and keeps those that failed. */
export interface FailureKeeper {
  /** Must not throw. The body may change once this has returned. */
  take(request: FailedRequest): void;
}
