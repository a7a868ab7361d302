// A request on its way through the executor.

import type { RouteKind } from "../o11y/events.ts";
import type { RequestSpan } from "../o11y/spans.ts";
import type { Evaluation } from "../policy/index.ts";
import type { TrafficMeter } from "./request-meter.ts";
import type { Permit } from "./room/permit.ts";

/** One request, with everything about it that is computed only once. */
export interface Call {
  readonly request: Request;
  /** Path and query as the client wrote them. */
  readonly target: string;
  /** Bytes of the body: 0 for none, -1 if only its end will tell. */
  readonly bodyBytes: number;
  readonly routeKind: RouteKind;
  readonly meter: TrafficMeter;
  /** Its share of the room; given up when its response ends. */
  readonly permit: Permit;
  /** Looks at what policies leave of the request. */
  readonly onlooker?: Evaluation | undefined;
  /** Set when the request is traced. */
  readonly span?: RequestSpan | undefined;
}
