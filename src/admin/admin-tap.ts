// The pages /_edge/tap/pre and /_edge/tap/post: passing records as a stream, before policies and
// after them.

import type { OwnPage } from "../pipeline/own-pages.ts";
import { page } from "./admin-page.ts";
import { problem } from "../server/own-errors.ts";
import type { TapHub } from "./tap/tap-registry.ts";
import { tapRequest } from "./tap/tap-query.ts";
import type { TapStage } from "./tap/tap-record.ts";

const STAGES: readonly TapStage[] = ["pre", "post"];
const TYPES = { json: "application/x-ndjson", text: "text/plain; charset=utf-8" };

/** Both pages. `hub` undefined: taps are off, and the pages say how to turn them on. */
export function tapPages(hub: TapHub | undefined): OwnPage[] {
  return STAGES.map((stage) =>
    page(
      `/_edge/tap/${stage}`,
      (request, query) => (hub === undefined ? isOff() : serveTap(hub, stage, request, query)),
      ["GET"],
    ),
  );
}

function isOff(): Response {
  return problem(404, "tap_disabled", "taps are off; set tap_enabled to true and restart");
}

function serveTap(
  hub: TapHub,
  stage: TapStage,
  request: Request,
  query: URLSearchParams,
): Response {
  const asked = tapRequest(stage, query);
  const tap = hub.tap(asked);
  if (tap === undefined) {
    const message = `${hub.tapsMax} taps are open, which is the most; end one of them`;
    const response = problem(429, "too_many_taps", message);
    response.headers.set("retry-after", "1");
    return response;
  }
  request.signal.addEventListener("abort", () => tap.abandon(), { once: true });
  const headers = {
    "content-type": TYPES[asked.format],
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  };
  return new Response(tap.stream(), { headers });
}
