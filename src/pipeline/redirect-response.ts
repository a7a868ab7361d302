// What a client is told when an upstream redirects its request: to continue at this proxy, where
// policies apply, or nothing at all if that would lead its telemetry past them.

import type { EventBus } from "../o11y/event-bus.ts";
import type { Telemetry } from "../o11y/events.ts";
import type { FilterPlan, ForwardPlan, Plan, RequestHead } from "../protocols/index.ts";
import { destinationOf, ownTargetOf, redirectError, referenceTo } from "./redirects.ts";
import { joinTarget } from "./upstream-url.ts";
import type { Upstream } from "./upstream.ts";

/** A plan whose request is sent on to an upstream, either as it came or as policies leave it. */
export type SendPlan = ForwardPlan | FilterPlan;

export interface RedirectedRequest {
  readonly plan: SendPlan;
  readonly request: Request;
  /** Path and query as the client wrote them. */
  readonly target: string;
  readonly upstream: Upstream;
}

export interface RedirectContext {
  readonly bus: EventBus;
  /** What would become of a request of this head. Without it no telemetry is led anywhere. */
  readonly plan?: (head: RequestHead) => Plan | undefined;
}

/** The response to hand on; throws UpstreamError. */
export function redirectResponse(
  response: Response,
  { plan, request, target, upstream }: RedirectedRequest,
  context: RedirectContext,
): Response {
  const { base, name } = upstream;
  if (base === undefined) return response;
  const destination = destinationOf(response, base, joinTarget(base, target));
  const own = destination?.isOwn === true ? ownTargetOf(base, destination.target) : undefined;
  const telemetry = telemetryOf(plan);
  const isLedAround =
    telemetry !== undefined &&
    (own === undefined || telemetryOf(planOf(own, request, context)) !== telemetry);
  if (isLedAround) {
    const error = redirectError(base, destination);
    const { phase, message: reason } = error;
    context.bus.emit("upstream.failed", { upstream: name, phase, reason, retried: false });
    void response.body?.cancel().catch(() => undefined);
    throw error;
  }
  const { fragment = "" } = destination ?? {};
  if (own !== undefined) response.headers.set("location", referenceTo(own) + fragment);
  return response;
}

/** The plan for the request if its target were `target`. */
function planOf(
  target: string,
  { method, headers }: Request,
  context: RedirectContext,
): Plan | undefined {
  const [path = "/"] = target.split("?", 1);
  return context.plan?.({ method, path, query: target.slice(path.length), headers });
}

/** The kind of judged telemetry that a request holds; undefined: none. */
function telemetryOf(plan: Plan | undefined): Telemetry | undefined {
  if (plan?.kind === "filter") return plan.telemetry;
  return plan?.kind === "forward" ? plan.unjudged?.telemetry : undefined;
}
