// Finds the module for a request, however its path is spelled. It tries whole paths first, then the
// program's own pages, then whole paths below a base path, then the longest prefix, then routes for
// any path. A route that does not accept the method is skipped, so an unhandled method on a known
// path falls through.

import { canonicalPath, withoutTrailingSlash } from "../core/paths.ts";
import type { ErrorForm, Plan, ProxyModule, RequestHead, Route } from "../protocols/index.ts";

/** The module for a request, and the route by which it was found. */
export interface Routed {
  readonly module: ProxyModule;
  readonly route: Route;
}

interface PathRouted {
  readonly path: string;
  readonly routed: Routed;
}

/**
 * The routes of all modules of a program.
 *
 * @example
 * const router = new Router([passthrough.create({})]);
 * router.find("GET", "/any/path")?.module.name; // "passthrough"
 */
export class Router {
  readonly #exact = new Map<string, readonly Routed[]>();
  readonly #local: PathRouted[] = [];
  readonly #belowBase: PathRouted[] = [];
  readonly #prefixes: PathRouted[] = [];
  readonly #any: Routed[] = [];

  constructor(modules: readonly ProxyModule[]) {
    for (const module of modules) {
      for (const route of module.routes) this.#add({ module, route });
    }
    this.#prefixes.sort((a, b) => b.path.length - a.path.length);
  }

  /**
   * The route of a request, or undefined if no module takes it. If several routes are equal, the
   * first in the list wins.
   */
  find(method: string, writtenPath: string): Routed | undefined {
    const path = canonicalPath(writtenPath);
    const whole = withoutTrailingSlash(path);
    const exact = this.#exact.get(path) ?? this.#exact.get(whole);
    if (exact !== undefined) {
      for (const routed of exact) if (takes(routed.route, method)) return routed;
    }
    for (const one of this.#local) {
      if (path.startsWith(one.path) && takes(one.routed.route, method)) return one.routed;
    }
    for (const one of this.#belowBase) {
      if (whole.endsWith(one.path) && takes(one.routed.route, method)) return one.routed;
    }
    for (const one of this.#prefixes) {
      if (path.startsWith(one.path) && takes(one.routed.route, method)) return one.routed;
    }
    for (const routed of this.#any) if (takes(routed.route, method)) return routed;
    return undefined;
  }

  /** The plan for a request with this head; undefined if no module takes it. */
  plan(head: RequestHead): Plan | undefined {
    const routed = this.find(head.method, head.path);
    return routed?.module.plan(head, routed.route);
  }

  /**
   * The form in which clients of a path read errors: that of the module that accepts POST requests
   * there.
   */
  errorsAt(path: string): ErrorForm | undefined {
    return this.find("POST", path)?.route.errors;
  }

  #add(routed: Routed): void {
    const { match, isBelowAnyBase, routeKind } = routed.route;
    switch (match.kind) {
      case "exact":
        this.#exact.set(match.path, [...(this.#exact.get(match.path) ?? []), routed]);
        if (isBelowAnyBase === true) this.#belowBase.push({ path: match.path, routed });
        return;
      case "prefix":
        (routeKind === "health" ? this.#local : this.#prefixes).push({ path: match.path, routed });
        return;
      case "any":
        this.#any.push(routed);
    }
  }
}

function takes(route: Route, method: string): boolean {
  return route.methods === undefined || route.methods.includes(method);
}
