// Prometheus scrapes: which requests are fetched from an exporter and filtered on their way back.
// It only plans: the executor fetches, and the format reads the lines.

import { canonicalPath, restBehind, withoutTrailingSlash } from "../../core/paths.ts";
import { EXPOSITION_FORMAT } from "./exposition-format.ts";
import type { ModuleDeps, Plan, ProxyModule, RequestHead, Route } from "../protocol.ts";

/** The path of scrapes, unless the configuration names other paths. */
const SCRAPE_PATH = "/metrics";

/** A configured path in the form in which it is matched. */
interface Target {
  /** As written in the configuration. */
  readonly key: string;
  /** Canonical, without a trailing slash. */
  readonly path: string;
}

/** Plans scrapes of `/metrics` and of the configured paths. */
export class PrometheusModule implements ProxyModule {
  readonly name = "prometheus";
  readonly routes: readonly Route[];
  /** Longest path first. */
  readonly #targets: readonly Target[];

  /** `scrapeTargets`: paths with their own exporter (`prometheus.targets`). */
  constructor({ scrapeTargets = [] }: ModuleDeps) {
    this.#targets = scrapeTargets
      .map((key) => ({ key, path: withoutTrailingSlash(canonicalPath(key)) }))
      .sort((a, b) => b.path.length - a.path.length);
    const paths = new Set([SCRAPE_PATH, ...this.#targets.map(({ path }) => path)]);
    this.routes = [...paths].flatMap(routesOf);
  }

  plan(head: RequestHead): Plan {
    const { path, query } = head;
    const canonical = canonicalPath(path);
    const target = this.#targets.find((one) => isBelow(canonical, one.path));
    const scrape = {
      kind: "scrape",
      telemetry: "prometheus_metrics",
      signal: "metric",
      format: EXPOSITION_FORMAT,
    } as const;
    if (target === undefined) return { ...scrape, target: undefined, path: path + query };
    const behind = restBehind(path, target.path) ?? "";
    // The path itself, as written in the configuration.
    const rest = behind === "/" && target.key.endsWith("/") ? "" : behind;
    return { ...scrape, target: target.key, path: rest + query };
  }
}

/** The path itself and everything below it, but not paths that only begin with the same letters. */
function routesOf(path: string): Route[] {
  const rest = {
    methods: ["GET", "HEAD"],
    knownPath: "metrics",
    routeKind: "prometheus_metrics",
    // A scrape goes to an exporter that only its plan knows.
    upstream: "none",
  } as const;
  const below: Route = { ...rest, match: { kind: "prefix", path: `${path}/` } };
  return path === "" ? [below] : [{ ...rest, match: { kind: "exact", path } }, below];
}

function isBelow(path: string, top: string): boolean {
  return path.startsWith(top) && (path.length === top.length || path[top.length] === "/");
}
