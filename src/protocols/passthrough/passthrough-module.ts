// Takes everything that no other module takes, and forwards it raw to the default upstream.

import type { Plan, ProxyModule, Route } from "../protocol.ts";

const PLAN: Plan = { kind: "forward", upstream: "default" };

/** Plans whatever no other module takes: it is sent on as it is. */
export class PassthroughModule implements ProxyModule {
  readonly name = "passthrough";
  readonly routes: readonly Route[] = [
    { match: { kind: "any" }, knownPath: "other", routeKind: "passthrough" },
  ];

  plan(): Plan {
    return PLAN;
  }
}
