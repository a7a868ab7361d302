// The headers of a scrape in both directions: Edge asks the exporter for what the scraper accepts,
// as far as Edge can read it, and a filtered response describes its new form.

import { listOf } from "../../protocols/header-values.ts";
import type { ScrapeFormat } from "../../protocols/scrape-format.ts";

/** The exporter is always asked for the whole exposition. */
const PARTIAL_OR_CACHED = [
  "range",
  "if-range",
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
];
/** Headers that no longer hold after the body was filtered. */
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

/** Turns the headers of a scraper's request into those of the request to the exporter. */
export function askForReadable(headers: Headers, format: ScrapeFormat): void {
  const accept = headers.get("accept");
  if (accept !== null) headers.set("accept", format.readable(accept));
  headers.set("accept-encoding", acceptsGzip(headers.get("accept-encoding")) ? "gzip" : "identity");
  for (const name of PARTIAL_OR_CACHED) headers.delete(name);
}

/** Whether an Accept-Encoding header accepts gzip: RFC 9110 section 12.5.3. */
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

/** Turns the headers of an exporter's response into those of the filtered response. */
export function describeFiltered(headers: Headers, isGzip: boolean): void {
  for (const name of OF_THE_BODY) headers.delete(name);
  if (isGzip) headers.set("content-encoding", "gzip");
  const vary = headers.get("vary");
  if (vary === null) headers.set("vary", "Accept-Encoding");
  else if (!/(?:^|,)\s*(?:accept-encoding|\*)\s*(?:,|$)/i.test(vary)) {
    headers.set("vary", `${vary}, Accept-Encoding`);
  }
}
