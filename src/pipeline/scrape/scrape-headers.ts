// What a scrape says about formats, to the exporter and back to the scraper: Edge asks for what the
// scraper accepts, as far as it can read it, and a filtered response describes what it now is.

import { mediaTypeOf } from "../../protocols/content.ts";

/** Asked for when a scraper accepts nothing that can be read here. */
const TEXT_ONLY = "text/plain;version=0.0.4";

const PROTOBUF = "application/vnd.google.protobuf";
const FAMILY_MESSAGE = "io.prometheus.client.MetricFamily";

/** The exporter is asked for all of the exposition, always. */
const PARTIAL_OR_CACHED = [
  "range",
  "if-range",
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
];
/** Headers that no longer hold for a body that was filtered. */
const OF_THE_BODY = [
  "content-length",
  "content-encoding",
  "accept-ranges",
  "etag",
  "last-modified",
  "content-digest",
  "repr-digest",
  "digest",
  "content-md5",
];

/** Changes the headers of a scraper's request to those of the request to the exporter. */
export function askForReadable(headers: Headers): void {
  const accept = headers.get("accept");
  if (accept !== null) headers.set("accept", readableOf(accept));
  headers.set("accept-encoding", acceptsGzip(headers.get("accept-encoding")) ? "gzip" : "identity");
  for (const name of PARTIAL_OR_CACHED) headers.delete(name);
}

/**
 * An Accept header without what is not read here, protobuf that is not delimited; all else stays as
 * it is written.
 */
function readableOf(accept: string): string {
  const kept = listOf(accept).filter((part) => {
    const [type = "", ...parameters] = part.split(";");
    if (type.trim().toLowerCase() !== PROTOBUF) return true;
    return isDelimited(parameters.join(";"));
  });
  return kept.length === 0 ? TEXT_ONLY : kept.join(",");
}

/** Whether an Accept-Encoding header takes gzip: RFC 9110 section 12.5.3. */
export function acceptsGzip(value: string | null): boolean {
  let wildcard = false;
  for (const part of listOf(value ?? "")) {
    const [coding = "", ...parameters] = part.split(";").map((piece) => piece.trim().toLowerCase());
    const isRefused = parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
    if (coding === "gzip" || coding === "x-gzip") return !isRefused;
    if (coding === "*") wildcard = !isRefused;
  }
  return wildcard;
}

/** What an exporter's response holds, by its Content-Type. */
export type ExpositionFormat = "text" | "openmetrics" | "protobuf" | "other";

/** Scrapers read a missing or vague type as text; any other type is not an exposition. */
export function expositionFormatOf(headers: Headers): ExpositionFormat {
  const type = mediaTypeOf(headers);
  if (type === "application/openmetrics-text") return "openmetrics";
  if (type === PROTOBUF) {
    return isDelimited(headers.get("content-type") ?? "") ? "protobuf" : "other";
  }
  const isText = type === "" || type.startsWith("text/") || type === "application/octet-stream";
  return isText ? "text" : "other";
}

/** Changes the headers of an exporter's response to those of the filtered one. */
export function describeFiltered(headers: Headers, isGzip: boolean): void {
  for (const name of OF_THE_BODY) headers.delete(name);
  if (isGzip) headers.set("content-encoding", "gzip");
  const vary = headers.get("vary");
  if (vary === null) headers.set("vary", "Accept-Encoding");
  else if (!/(?:^|,)\s*(?:accept-encoding|\*)\s*(?:,|$)/i.test(vary)) {
    headers.set("vary", `${vary}, Accept-Encoding`);
  }
}

/** Whether parameters of a protobuf type stand for MetricFamily messages behind their lengths. */
function isDelimited(parameters: string): boolean {
  const value = (name: string): string | undefined =>
    new RegExp(`;?\\s*\\b${name}\\s*=\\s*"?([^;"\\s]+)`, "i").exec(parameters)?.[1];
  const encoding = value("encoding")?.toLowerCase() ?? "delimited";
  return encoding === "delimited" && (value("proto") ?? FAMILY_MESSAGE) === FAMILY_MESSAGE;
}

/** Elements of a comma-separated header; quoted strings may hold commas. */
function listOf(value: string): string[] {
  const parts = value.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}
