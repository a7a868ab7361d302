// Prints a failed request as one line of JSON whose last member is the body in base64. Only headers
// that are known to hold no secret keep their values; the target loses its query and whatever may
// be a key. Writes no files.

import { redactText, redactUrl } from "../../core/redact.ts";
import type { SignalPath } from "../../protocols/index.ts";
import type { FailedRequest } from "./failed-request.ts";
import { restOf, signalOf } from "../signal-paths.ts";

/** What must not appear in a dump. */
export interface Hidden {
  readonly secrets: readonly string[];
  /** Names of headers whose values the configuration contains, in lower case. */
  readonly headers: ReadonlySet<string>;
  /** Paths that may be followed by a key. */
  readonly signalPaths: readonly SignalPath[];
}

/** How a dump begins; the number is the version of the format. */
export const DUMP_BEGIN = '{"edge_failure":1,';
/** What follows the body. */
export const DUMP_END = '"}\n';

/** The headers whose values are kept: those that say what a body is, and who sends it. */
const SHOWN = new Set([
  "accept",
  "accept-encoding",
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "dd-evp-origin",
  "dd-evp-origin-version",
  "dd-protocol",
  "user-agent",
]);
const REDACTED = "***";

/** Everything in a dump that comes before the body. */
export function dumpHead(failed: Omit<FailedRequest, "body">, hidden: Hidden, time: Date): string {
  const headers: Record<string, string> = {};
  failed.headers.forEach((value, name) => {
    const isShown = SHOWN.has(name) && !hidden.headers.has(name);
    headers[name] = isShown ? redactText(value, hidden.secrets) : REDACTED;
  });
  const { method, telemetry, status = null, unread = null } = failed;
  const target = shownTarget(failed.target, hidden);
  const said = { time: time.toISOString(), status, unread, telemetry, method, target, headers };
  return `${DUMP_BEGIN}${JSON.stringify(said).slice(1, -1)},"body":"`;
}

function shownTarget(target: string, { secrets, signalPaths }: Hidden): string {
  const [path = ""] = target.split("?", 1);
  const signal = signalOf(path, signalPaths);
  const rest = signal?.anchor === "begin" ? (restOf(signal, path) ?? "") : "";
  const isWhole = rest === "" || rest === "/";
  const shown = isWhole ? path : `${path.slice(0, path.length - rest.length)}/${REDACTED}`;
  return redactText(redactUrl(shown + target.slice(path.length)), secrets);
}
