// What Edge counted meanwhile, in the words of pages.

import { type Counters, grown } from "../doors/counters.ts";

const COUNTED =
  /^edge_(lost|upstream_errors|upstream_retries|fail_open|provider_failures|worker_failures|requests_without_room|requests_refused|client_timeouts|scrapes)_total/;
/** Of the labels of a series, those that tell what happened. */
const TELLING = /(?:reason|phase|outcome|kind)="([^"]*)"/;

export function countedSince(before: Counters, after: Counters): string {
  const all = [...grown(before, after, COUNTED)];
  return all.map(([series, by]) => `${shortName(series)} ${by}`).join(", ");
}

/** `lost{upstream_failed}` for `edge_lost_total{…,reason="upstream_failed"}`. */
function shortName(series: string): string {
  const name = series.replace(/^edge_|_total.*$/g, "");
  const label = TELLING.exec(series)?.[1];
  return label === undefined ? name : `${name}{${label}}`;
}
