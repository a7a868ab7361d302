// Reads bearer tokens of requests (RFC 6750 section 2.1) and compares them in a time that does not
// tell how much of a token was right.

import type { HeaderValues } from "../protocols/index.ts";

const ENCODER = new TextEncoder();

/** Whether the request shows `token`. */
export function hasBearer(headers: HeaderValues, token: string): boolean {
  const value = headers.get("authorization") ?? "";
  const scheme = /^bearer +/i.exec(value);
  const given = ENCODER.encode(scheme === null ? "" : value.slice(scheme[0].length).trimEnd());
  return isEqual(given, ENCODER.encode(token));
}

/** Looks at every byte of `want` whatever the first difference, and never at more or fewer. */
function isEqual(given: Uint8Array, want: Uint8Array): boolean {
  let difference = given.length ^ want.length;
  for (let at = 0; at < want.length; at++) {
    difference |= (want[at] as number) ^ (given[at] ?? 0);
  }
  return difference === 0;
}
