// The formats of expositions, as scrapers ask for them and exporters declare them: which filter
// handles which Content-Type. Must not look into a body; the filters in `format` do.

import { mediaTypeOf } from "../content.ts";
import { type HeaderValues, listOf } from "../header-values.ts";
import type { ScrapeFormat, StreamFilter, StreamFilterOptions } from "../scrape-format.ts";
import { PolicyStreamingFilter, ProtobufFilter } from "./format/index.ts";

/** Requested if a scraper accepts nothing that can be read here. */
const TEXT_ONLY = "text/plain;version=0.0.4";
const PROTOBUF = "application/vnd.google.protobuf";
const FAMILY_MESSAGE = "io.prometheus.client.MetricFamily";

export const EXPOSITION_FORMAT: ScrapeFormat = {
  /** Everything can be read here except undelimited protobuf. */
  readable(accept) {
    const kept = listOf(accept).filter((part) => {
      const [type = "", ...parameters] = part.split(";");
      if (type.trim().toLowerCase() !== PROTOBUF) return true;
      return isDelimited(parameters.join(";"));
    });
    return kept.length === 0 ? TEXT_ONLY : kept.join(",");
  },
  filterOf,
};

/** Scrapers read a missing or vague type as text; any other type is not an exposition. */
function filterOf(
  headers: HeaderValues,
): ((options: StreamFilterOptions) => StreamFilter) | undefined {
  const type = mediaTypeOf(headers);
  if (type === "application/openmetrics-text") {
    return (options) => new PolicyStreamingFilter({ ...options, openMetrics: true });
  }
  if (type === PROTOBUF) {
    if (!isDelimited(headers.get("content-type") ?? "")) return undefined;
    return (options) => new ProtobufFilter(options);
  }
  const isText = type === "" || type.startsWith("text/") || type === "application/octet-stream";
  return isText ? (options) => new PolicyStreamingFilter(options) : undefined;
}

/**
 * Whether a protobuf type stands for MetricFamily messages that are each preceded by their length.
 */
function isDelimited(type: string): boolean {
  const encoding = parameterOf(type, "encoding")?.toLowerCase() ?? "delimited";
  return (
    encoding === "delimited" && (parameterOf(type, "proto") ?? FAMILY_MESSAGE) === FAMILY_MESSAGE
  );
}

/** The value of the first parameter with that name, without quotes; undefined: there is none. */
function parameterOf(type: string, name: string): string | undefined {
  for (const parameter of type.split(";")) {
    const equals = parameter.indexOf("=");
    if (equals < 0 || parameter.slice(0, equals).trim().toLowerCase() !== name) continue;
    const value = parameter
      .slice(equals + 1)
      .trim()
      .replaceAll('"', "");
    if (value !== "") return value;
  }
  return undefined;
}
