// Turns the metadata of a call into header fields of the HTTP request that it stands for, and back.
// Fields that belong to the call itself are left out.

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import { uncompressed } from "../../system/grpc/index.ts";

/** Fields that belong to the call and its connection, not to the request. */
const OWN = new Set([
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "grpc-accept-encoding",
  "grpc-encoding",
  "grpc-message",
  "grpc-status",
  "grpc-status-details-bin",
  "keep-alive",
  "te",
  "transfer-encoding",
]);

/** Header fields of a request, without those of the call. Throws TypeError for an invalid field. */
export function headersOf(metadata: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const name of Object.keys(metadata)) {
    const value = metadata[name];
    if (value === undefined || name.startsWith(":") || OWN.has(name)) continue;
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one);
  }
  return headers;
}

/** The head of a response, with what its upstream sent in addition. */
export function initialMetadata(response: Headers): OutgoingHttpHeaders {
  const metadata: OutgoingHttpHeaders = { ":status": 200 };
  response.forEach((value, name) => {
    if (!OWN.has(name) && name !== "retry-after") metadata[name] = value;
  });
  metadata["content-type"] = CONTENT_TYPE;
  return uncompressed(metadata);
}

export const CONTENT_TYPE = "application/grpc";

/** A date would enter the other side's header table, and no gRPC client looks at it. */
const NO_DATE = { sendDate: false } as const;
/** Options of a head that is followed by trailers. */
export const WITH_TRAILERS = { waitForTrailers: true, ...NO_DATE } as const;
/** Options of a head that is the whole response. */
export const NOTHING_MORE = { endStream: true, ...NO_DATE } as const;
