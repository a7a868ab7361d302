// Fields that are never put into the table of the other side, which may be smaller than the runtime
// takes it for (proxies announce none at all).

import { type OutgoingHttpHeaders, sensitiveHeaders } from "node:http2";

/** Marks all fields of a head or of trailers, in place. */
export function uncompressed(fields: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const names = Object.keys(fields).filter((name) => !name.startsWith(":"));
  return Object.assign(fields, { [sensitiveHeaders]: names });
}
