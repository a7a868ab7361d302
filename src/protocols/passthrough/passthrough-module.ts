// Everything that no other module takes: forwarded raw to the default upstream.

import type { ModuleRegistration, Plan, ProxyModule, Route } from "../module.ts";

const PLAN: Plan = { kind: "forward", upstream: "default" };

export class PassthroughModule implements ProxyModule {
  readonly name = "passthrough";
  readonly routes: readonly Route[] = [
    { match: { kind: "any" }, knownPath: "other", routeKind: "passthrough" },
  ];

  plan(): Plan {
    return PLAN;
  }
}

/** For a distribution's list; the last line of it. */
export const passthrough: ModuleRegistration = {
  name: "passthrough",
  create: () => new PassthroughModule(),
};
