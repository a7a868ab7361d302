// A telemetry request that failed, as it was sent, and the interface of whoever keeps such
// requests.

import type { FailOpenReason, Telemetry } from "../../o11y/events.ts";
import type { OutgoingBody } from "../upstream.ts";

/** A request as it left for its upstream, and what became of it. */
export interface FailedRequest {
  readonly method: string;
  /** Path and query as the client wrote them. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: OutgoingBody;
  readonly telemetry: Telemetry;
  /** What the upstream answered; undefined: nothing. */
  readonly status: number | undefined;
  /** Why policies could not read it; undefined: they could. */
  readonly unread: FailOpenReason | undefined;
}

/** Keeps those requests that failed, of all that it is shown. */
export interface FailureKeeper {
  /** Must not throw. The body may change once this has returned. */
  take(request: FailedRequest): void;
}
