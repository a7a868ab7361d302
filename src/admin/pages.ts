// The page of the program's own metrics; the other pages below /_edge/ are in admin-*.ts.

import { METRICS_CONTENT_TYPE } from "../o11y/metrics.ts";
import type { OwnPage, PageContent } from "../protocols/index.ts";

/** The program's own metrics in the Prometheus text format. */
export function metricsPage(metricsText: () => string): OwnPage {
  const render = (): PageContent => ({ contentType: METRICS_CONTENT_TYPE, text: metricsText() });
  return { path: "/_edge/metrics", render };
}
