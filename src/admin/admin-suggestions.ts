// The page /_edge/suggestions: policies that would reduce what an analysis has seen, ready to
// paste. It is protected like the analysis itself.

import type { Price } from "../analysis/index.ts";
import type { CostConfig } from "../config/index.ts";
import type { LocalPage } from "../pipeline/local-pages.ts";
import { jsonResponse, page, textResponse } from "./admin-page.ts";
import { parseEnum, rejectUnknownParams } from "./admin-query.ts";
import type { AnalysisControl } from "./analysis/analysis-control.ts";
import { closedPage } from "./analysis/closed-page.ts";
import { priceOf } from "./savings/price.ts";
import type { Switches } from "./switches.ts";

const FORMATS = ["json", "yaml"] as const;

export function suggestionsPage(
  control: AnalysisControl,
  switches: Switches,
  cost: CostConfig | undefined,
): LocalPage {
  const serve = async (_request: Request, query: URLSearchParams): Promise<Response> => {
    const closed = closedPage(switches);
    if (closed !== undefined) return closed;
    rejectUnknownParams(query, ["format", "errors"]);
    const format = parseEnum("format", query.get("format") ?? "json", FORMATS);
    const withErrors = parseEnum("errors", query.get("errors") ?? "false", ["true", "false"]);
    const { analyser, seconds } = await control.read();
    const { suggestionsOf, suggestionsYaml } = await import("../analysis/index.ts");
    const price = cost && pricesOf(cost);
    const options = { seconds, withErrors: withErrors === "true", price };
    const document = suggestionsOf(analyser, options);
    return format === "json" ? jsonResponse(document) : textResponse(suggestionsYaml(document));
  };
  return page("/_edge/suggestions", serve);
}

function pricesOf(cost: CostConfig): Price {
  const { currency } = cost;
  return { currency, of: (signal, bytes, records) => priceOf(cost[signal], bytes, records) };
}
