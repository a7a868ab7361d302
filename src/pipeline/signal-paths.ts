// The paths that telemetry is sent to, as each protocol names them. A configured URL that ends in
// one of them is the complete URL for that telemetry, as users of OTEL_EXPORTER_OTLP_LOGS_ENDPOINT
// expect. Pure.

import { canonicalPath, restBehind, withoutTrailingSlash } from "../core/paths.ts";
import type { SignalPath } from "../protocols/index.ts";

type SignalPaths = readonly SignalPath[];

/** The signal whose path the path of a base URL ends with. */
export function signalAtEndOf(basePath: string, signals: SignalPaths): SignalPath | undefined {
  const whole = withoutTrailingSlash(canonicalPath(basePath));
  // `/v1/metrics` does not end with the signal path `/metrics`.
  return longest(signals.filter(({ path }) => whole.endsWith(path)));
}

/** The signal that a request of this path is for. */
export function signalOf(path: string, signals: SignalPaths): SignalPath | undefined {
  return longest(signals.filter((signal) => restOf(signal, path) !== undefined));
}

function longest(signals: SignalPaths): SignalPath | undefined {
  return signals.toSorted((a, b) => b.path.length - a.path.length)[0];
}

/**
 * The part of a request's path that follows the signal's path, as written; undefined if the path is
 * for something else.
 */
export function restOf(signal: SignalPath, path: string): string | undefined {
  if (signal.anchor === "begin") return restBehind(path, signal.path);
  return withoutTrailingSlash(canonicalPath(path)).endsWith(signal.path) ? "" : undefined;
}
