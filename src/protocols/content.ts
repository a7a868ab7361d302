// Reads the two headers that say what a body is: Content-Type and Content-Encoding. Both are
// compared without regard to case and parameters (RFC 9110 sections 8.3.1 and 8.4.1).

import type { Telemetry } from "../o11y/events.ts";
import type {
  BodyCoding,
  ForwardPlan,
  HeaderValues,
  RequestHead,
  SignalPath,
  UpstreamName,
} from "./protocol.ts";

/** Paths that telemetry is posted to, whatever stands before them. */
export function postedTo(...paths: readonly string[]): SignalPath[] {
  return paths.map((path) => ({ path, methods: ["POST"], anchor: "end" }));
}

/** The media type in lower case without parameters; "" when there is none. */
export function mediaTypeOf(headers: HeaderValues): string {
  const value = headers.get("content-type");
  if (value === null) return "";
  // The spellings that nearly every client sends cost no work.
  if (value === "application/json" || value === "application/x-protobuf") return value;
  const end = value.indexOf(";");
  return (end === -1 ? value : value.slice(0, end)).trim().toLowerCase();
}

/** The one coding of a body, or undefined when it has several or one that is not known. */
export function bodyCodingOf(headers: HeaderValues): BodyCoding | undefined {
  const value = headers.get("content-encoding");
  if (value === null) return "identity";
  let coding: BodyCoding = "identity";
  for (const part of value.split(",")) {
    const next = codingNamed(part.trim().toLowerCase());
    if (next === undefined) return undefined;
    if (next === "identity") continue;
    if (coding !== "identity") return undefined;
    coding = next;
  }
  return coding;
}

function codingNamed(token: string): BodyCoding | undefined {
  switch (token) {
    case "":
    case "identity":
      return "identity";
    case "gzip":
    case "x-gzip":
      return "gzip";
    case "deflate":
    case "zlib":
      return "deflate";
    case "zstd":
      return "zstd";
    default:
      return undefined;
  }
}

/** The header whose value is the reason. */
const UNKNOWN = {
  unknown_content_type: "content-type",
  unknown_encoding: "content-encoding",
} as const;

/** For a body that policies would judge, were it known how to read it. */
export function unreadable(
  { headers }: RequestHead,
  reason: keyof typeof UNKNOWN,
  { telemetry, upstream }: { readonly telemetry: Telemetry; readonly upstream: UpstreamName },
): ForwardPlan {
  const header = UNKNOWN[reason];
  const detail = `${header} ${shown(headers.get(header))}`;
  return { kind: "forward", upstream, unjudged: { telemetry, reason, detail } };
}

/** Text for a log line: what a client wrote, cut and without control characters. */
export function shown(value: string | null): string {
  if (value === null) return "(none)";
  // oxlint-disable-next-line no-control-regex -- control characters are what must not reach a log
  return JSON.stringify(value.slice(0, 80).replace(/[\u0000-\u001f\u007f]/g, "?"));
}
