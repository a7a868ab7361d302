// Turns the metadata of a call into header fields of the HTTP request that it stands for, and back.
// Fields that belong to the call itself are left out.

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import { uncompressed } from "../../system/grpc/index.ts";

/** Of the call and its connection, not of what it carries. */
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

/** Fields of a request; those of the call are left out. Throws TypeError for one that is none. */
export function headersOf(metadata: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const name of Object.keys(metadata)) {
    const value = metadata[name];
    if (value === undefined || name.startsWith(":") || OWN.has(name)) continue;
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one);
  }
  return headers;
}

/** The head of an answer, with what its upstream said beside it. */
export function initialMetadata(response: Headers): OutgoingHttpHeaders {
  const metadata: OutgoingHttpHeaders = { ":status": 200 };
  response.forEach((value, name) => {
    if (!OWN.has(name) && name !== "retry-after") metadata[name] = value;
  });
  metadata["content-type"] = CONTENT_TYPE;
  return uncompressed(metadata);
}

export const CONTENT_TYPE = "application/grpc";

/** A date would be put into the table of the other side, and no client of gRPC looks at one. */
const NO_DATE = { sendDate: false } as const;
/** Options of a head behind which trailers come. */
export const WITH_TRAILERS = { waitForTrailers: true, ...NO_DATE } as const;
/** Options of a head that is all there is. */
export const NOTHING_MORE = { endStream: true, ...NO_DATE } as const;
