// The paths that telemetry is sent to, as upstreams and their documents name them. A URL of the
// configuration that ends in one is the whole URL of that telemetry, as users of
// OTEL_EXPORTER_OTLP_LOGS_ENDPOINT expect. Pure.

import { canonicalPath, restBehind, withoutTrailingSlash } from "../core/paths.ts";

export interface SignalPath {
  readonly path: string;
  /** Those that send telemetry to it, or fetch it. */
  readonly methods: readonly string[];
  /**
   * `end`: requests for it end with it, whatever they have before. `begin`: they begin with it,
   * and may have more behind it.
   */
  readonly place: "end" | "begin";
}

const POSTED = { methods: ["POST"], place: "end" } as const;

const SIGNAL_PATHS: readonly SignalPath[] = [
  { ...POSTED, path: "/v1/logs" },
  { ...POSTED, path: "/v1/metrics" },
  { ...POSTED, path: "/v1/traces" },
  { ...POSTED, path: "/api/v2/logs" },
  { ...POSTED, path: "/api/v2/series" },
  { ...POSTED, path: "/api/v1/series" },
  { methods: ["POST"], path: "/v1/input", place: "begin" },
  { methods: ["GET", "HEAD"], path: "/metrics", place: "begin" },
];

/** The signal whose path the path of a base URL ends with. */
export function signalAtEndOf(basePath: string): SignalPath | undefined {
  const whole = withoutTrailingSlash(canonicalPath(basePath));
  // `/v1/metrics` is no `/metrics`: the first in the list wins.
  return SIGNAL_PATHS.find(({ path }) => whole.endsWith(path));
}

/** The signal that a request of this path is for. */
export function signalOf(path: string): SignalPath | undefined {
  return SIGNAL_PATHS.find((signal) => restOf(signal, path) !== undefined);
}

/**
 * What a request's path has behind the signal's, as it is written; undefined when it is for
 * something else.
 */
export function restOf(signal: SignalPath, path: string): string | undefined {
  if (signal.place === "begin") return restBehind(path, signal.path);
  return withoutTrailingSlash(canonicalPath(path)).endsWith(signal.path) ? "" : undefined;
}
