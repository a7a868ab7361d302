// The page /_edge/switches: shows whether taps and payloads are on; a POST switches them, so that
// nobody has to restart a program, and lose its counts, to look into it.

import type { LocalPage } from "../pipeline/local-pages.ts";
import { SWITCH_SECONDS_MAX } from "../core/limits.ts";
import { problem } from "../server/local-errors.ts";
import { jsonResponse, page } from "./admin-page.ts";
import { parseCount, parseEnum, QueryError, rejectUnknownParams } from "./admin-query.ts";
import type { Switches, SwitchState } from "./switches.ts";

const POSITIONS = ["on", "off"] as const;

export function switchesPage(switches: Switches): LocalPage {
  const serve = (request: Request, query: URLSearchParams): Response => {
    if (request.method === "POST") {
      if (!switches.isSwitchable) {
        const message = "set admin.token and restart: only who shows it may switch";
        return problem(403, "no_token", message);
      }
      rejectUnknownParams(query, ["taps", "payloads", "seconds"]);
      const change = { ...positionOf(query, "taps"), ...positionOf(query, "payloads") };
      if (Object.keys(change).length === 0) {
        throw new QueryError("nothing to switch: use taps=on, taps=off, payloads=on, payloads=off");
      }
      switches.set(change, parseCount("seconds", query.get("seconds"), SWITCH_SECONDS_MAX));
    } else rejectUnknownParams(query, []);
    const { state, configured, isSwitchable, untilMs } = switches;
    return jsonResponse({
      ...state,
      configured,
      switchable: isSwitchable,
      until: untilMs === undefined ? null : new Date(untilMs).toISOString(),
    });
  };
  return page("/_edge/switches", serve, ["GET", "HEAD", "POST"]);
}

/** `key`: of the configuration. */
export function howToSwitch({ isSwitchable }: Switches, key: string): string {
  const name = key === "tap_enabled" ? "taps" : "payloads";
  const now = isSwitchable ? `POST /_edge/switches?${name}=on, or ` : "";
  return `${now}set ${key} to true and restart`;
}

function positionOf(query: URLSearchParams, name: keyof SwitchState): Partial<SwitchState> {
  const text = query.get(name);
  return text === null ? {} : { [name]: parseEnum(name, text, POSITIONS) === "on" };
}
