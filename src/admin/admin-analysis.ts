// The page /_edge/analysis: shows what is in the stream; a POST starts looking at it for a while.
// Values in templates are masked, but templates still tell about telemetry, so the page is
// protected like those that show payloads.

import type { LocalPage } from "../pipeline/local-pages.ts";
import {
  ANALYSIS_ROWS_DEFAULT,
  ANALYSIS_ROWS_MAX,
  ANALYSIS_SECONDS_DEFAULT,
  ANALYSIS_SECONDS_MAX,
} from "../core/limits.ts";
import { SIGNALS } from "../policy/index.ts";
import { jsonResponse, page, textResponse } from "./admin-page.ts";
import { parseCount, parseEnum, QueryError, rejectUnknownParams } from "./admin-query.ts";
import type { AnalysisControl } from "./analysis/analysis-control.ts";
import { documentOf } from "./analysis/analysis-document.ts";
import { closedPage } from "./analysis/closed-page.ts";
import { analysisText } from "./analysis/analysis-text.ts";
import type { Switches } from "./switches.ts";
import { signalOf } from "./tap/tap-query.ts";

const FORMATS = ["json", "text"] as const;
/** Parameters of a POST, and those of any request. */
const SWITCHES = ["signal", "seconds", "off"];
const VIEWS = ["format", "n"];

export function analysisPage(control: AnalysisControl, switches: Switches): LocalPage {
  const serve = async (request: Request, query: URLSearchParams): Promise<Response> => {
    const closed = closedPage(switches);
    if (closed !== undefined) return closed;
    const isSwitch = request.method === "POST";
    rejectUnknownParams(query, isSwitch ? [...SWITCHES, ...VIEWS] : VIEWS);
    const format = parseEnum("format", query.get("format") ?? "json", FORMATS);
    const rowsMax = parseCount("n", query.get("n"), ANALYSIS_ROWS_MAX) ?? ANALYSIS_ROWS_DEFAULT;
    if (isSwitch) switchBy(control, query);
    const document = await documentOf(control, await control.read(), rowsMax);
    return format === "json" ? jsonResponse(document) : textResponse(analysisText(document));
  };
  return page("/_edge/analysis", serve, ["GET", "HEAD", "POST"]);
}

function switchBy(control: AnalysisControl, query: URLSearchParams): void {
  const off = query.get("off");
  if (off !== null) {
    parseEnum("off", off, ["true"]);
    if (query.has("signal") || query.has("seconds")) throw new QueryError("off stands alone");
    control.stop();
    return;
  }
  const signals = query.getAll("signal").map((text) => signalOf(text));
  const seconds = parseCount("seconds", query.get("seconds"), ANALYSIS_SECONDS_MAX);
  const asked = signals.length === 0 ? SIGNALS : SIGNALS.filter((one) => signals.includes(one));
  control.start(asked, seconds ?? ANALYSIS_SECONDS_DEFAULT);
}
