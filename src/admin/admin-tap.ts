// The pages /_edge/tap/pre and /_edge/tap/post: stream passing records, as they are before policies
// and after them.

import type { LocalPage } from "../pipeline/local-pages.ts";
import { TAP_FORM_BYTES_MAX } from "../core/limits.ts";
import { decodeUtf8 } from "../core/utf8.ts";
import { readBounded } from "../pipeline/relay-body.ts";
import { page } from "./admin-page.ts";
import { QueryError } from "./admin-query.ts";
import { problem } from "../server/local-errors.ts";
import { howToSwitch } from "./admin-switches.ts";
import type { Switches } from "./switches.ts";
import type { TapRegistry } from "./tap/tap-registry.ts";
import { tapRequest } from "./tap/tap-query.ts";
import type { TapStage } from "./tap/tap-record.ts";

const STAGES: readonly TapStage[] = ["pre", "post"];
const TYPES = {
  json: "application/x-ndjson",
  capture: "application/x-ndjson",
  text: "text/plain; charset=utf-8",
};

/** Both pages. While taps are off, they say how to turn them on. */
export function tapPages(registry: TapRegistry | undefined, switches: Switches): LocalPage[] {
  return STAGES.map((stage) =>
    page(
      `/_edge/tap/${stage}`,
      async (request, query) =>
        registry === undefined || !switches.state.taps
          ? problem(404, "tap_disabled", `taps are off; ${howToSwitch(switches, "tap_enabled")}`)
          : serveTap(registry, stage, request, await wishOf(request, query), switches),
      ["GET", "POST"],
    ),
  );
}

/**
 * What is looked for in records is as private as they are: a POST has it in its body, as forms are
 * sent, and not in a URL, which logs on the way keep.
 */
async function wishOf(request: Request, query: URLSearchParams): Promise<URLSearchParams> {
  if (request.method !== "POST" || request.body === null) return query;
  const body = await readBounded(request.body, TAP_FORM_BYTES_MAX);
  if (body === undefined) {
    throw new QueryError(`the body has more than ${TAP_FORM_BYTES_MAX} bytes; ask for less`);
  }
  return new URLSearchParams([...query, ...new URLSearchParams(decodeUtf8(body))]);
}

async function serveTap(
  registry: TapRegistry,
  stage: TapStage,
  request: Request,
  query: URLSearchParams,
  switches: Switches,
): Promise<Response> {
  const asked = tapRequest(stage, query);
  // What is found tells what is there.
  if (asked.texts !== undefined && !switches.state.payloads) {
    const cure = howToSwitch(switches, "admin.show_payloads");
    return problem(403, "payloads_hidden", `a text is looked for in what records hold; ${cure}`);
  }
  const isCapture = asked.format === "capture";
  const tap = registry.tap(asked, isCapture ? await registry.documents() : undefined);
  if (tap === undefined) {
    const message = `${registry.tapsMax} taps are open, which is the most; end one of them`;
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
