// The console: a page and its script. Both are the program's own code and contain no telemetry and
// no names, so browsers get them without the token; what the script then asks for needs it.

import { gunzipSync } from "bun";
import type { LocalPage } from "../../pipeline/local-pages.ts";
import { localResponse } from "../../pipeline/request-meter.ts";
import { acceptsGzip } from "../../pipeline/scrape/scrape-headers.ts";
import { problem } from "../../server/local-errors.ts";
import { page } from "../admin-page.ts";
import { rejectUnknownParams } from "../admin-query.ts";
import { CONSOLE_CSP, CONSOLE_PATH, consoleDocument, SCRIPT_PATH } from "./documents.ts";
import { consoleScript } from "./script.ts";

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": CONSOLE_CSP,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** `isOn`: `admin.console`. Off, one page says how to turn it on, to who shows the token. */
export function consolePages(isOn: boolean): LocalPage[] {
  if (!isOn) {
    const message = "the console is off; set admin.console to true and restart";
    return [page(CONSOLE_PATH, () => problem(404, "console_disabled", message))];
  }
  return [
    publicPage(CONSOLE_PATH, () =>
      localResponse(consoleDocument(), 200, {
        ...HEADERS,
        "content-type": "text/html; charset=utf-8",
      }),
    ),
    publicPage(SCRIPT_PATH, serveScript),
  ];
}

function publicPage(path: string, serve: (request: Request) => Response | Promise<Response>) {
  const served = page(path, (request, query) => {
    rejectUnknownParams(query, []);
    return serve(request);
  });
  return { ...served, isPublic: true };
}

async function serveScript(request: Request): Promise<Response> {
  const script = await consoleScript();
  if (script === undefined) {
    return problem(404, "no_console", "this executable was built without the console");
  }
  const headers = { ...HEADERS, "content-type": "text/javascript; charset=utf-8" };
  const varying = { ...headers, vary: "accept-encoding" };
  return acceptsGzip(request.headers.get("accept-encoding"))
    ? localResponse(script, 200, { ...varying, "content-encoding": "gzip" })
    : localResponse(gunzipSync(Uint8Array.from(script)), 200, varying);
}
