// Finds what cannot be a header's name or value. It does without the schema library, which serving
// threads do not load.

/** Undefined when `value` is a header name: a token of RFC 9110 section 5.6.2. */
export function headerNameFault(value: string): string | undefined {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(value) ? undefined : "is not a header name";
}

/** Undefined when a header of that name may be given by users; in any case. */
export function givenNameFault(name: string): string | undefined {
  return headerNameFault(name) ?? reservedFault(name.toLowerCase());
}

/** Written by whoever sends the request, and wrong when somebody else says them. */
const RESERVED = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
]);

function reservedFault(name: string): string | undefined {
  return RESERVED.has(name) || name.startsWith("grpc-")
    ? "is a header that the program writes itself"
    : undefined;
}

/** Undefined when `value` may be sent as a header: visible ASCII, spaces and tabs inside. */
export function headerValueFault(value: string): string | undefined {
  return /^[\x20-\x7e\t\x80-\xff]*$/.test(value) ? undefined : "has characters no header may have";
}
