// Finds the module for a request: whole paths first, then the longest prefix, then whatever takes
// any path. A route that does not take the method is passed over, so an unhandled method on a known
// path falls through.

import type { Plan, ProxyModule, RequestHead, Route } from "../modules/index.ts";

export interface Routed {
  readonly module: ProxyModule;
  readonly route: Route;
}

export class Router {
  readonly #exact = new Map<string, readonly Routed[]>();
  readonly #prefixes: { readonly path: string; readonly routed: Routed }[] = [];
  readonly #any: Routed[] = [];

  constructor(modules: readonly ProxyModule[]) {
    for (const module of modules) {
      for (const route of module.routes) this.#add({ module, route });
    }
    this.#prefixes.sort((a, b) => b.path.length - a.path.length);
  }

  /**
   * The route of a request, or undefined when no module takes it. Of equals, the first in the list
   * wins.
   */
  find(method: string, path: string): Routed | undefined {
    const exact = this.#exact.get(path);
    if (exact !== undefined) {
      for (const routed of exact) if (takes(routed.route, method)) return routed;
    }
    for (const { path: prefix, routed } of this.#prefixes) {
      if (path.startsWith(prefix) && takes(routed.route, method)) return routed;
    }
    for (const routed of this.#any) if (takes(routed.route, method)) return routed;
    return undefined;
  }

  /** What would become of a request of this head; undefined when no module takes it. */
  plan(head: RequestHead): Plan | undefined {
    const routed = this.find(head.method, head.path);
    return routed?.module.plan(head, routed.route);
  }

  #add(routed: Routed): void {
    const { match } = routed.route;
    switch (match.kind) {
      case "exact":
        this.#exact.set(match.path, [...(this.#exact.get(match.path) ?? []), routed]);
        return;
      case "prefix":
        this.#prefixes.push({ path: match.path, routed });
        return;
      case "any":
        this.#any.push(routed);
    }
  }
}

function takes(route: Route, method: string): boolean {
  return route.methods === undefined || route.methods.includes(method);
}
