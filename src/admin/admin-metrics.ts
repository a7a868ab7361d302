// The page /_edge/metrics: the program's own metrics.

import { METRICS_CONTENT_TYPE } from "../o11y/metrics.ts";
import type { LocalPage } from "../pipeline/local-pages.ts";
import { localResponse } from "../pipeline/request-meter.ts";
import { page } from "./admin-page.ts";

/** The metrics in the Prometheus text format, as of the request. */
export function metricsPage(metricsText: () => string): LocalPage {
  const headers = { "content-type": METRICS_CONTENT_TYPE };
  const metrics = page("/_edge/metrics", () => localResponse(metricsText(), 200, headers));
  return { ...metrics, isForAnyHost: true };
}
