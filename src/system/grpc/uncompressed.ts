// Header fields that are never put into the other side's compression table, which may be smaller
// than the runtime assumes (proxies announce that they have none at all).

import { type OutgoingHttpHeaders, sensitiveHeaders } from "node:http2";

/** Marks all fields of a head or of trailers, in place. */
export function uncompressed(fields: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const names = Object.keys(fields).filter((name) => !name.startsWith(":"));
  return Object.assign(fields, { [sensitiveHeaders]: names });
}
