// What is no name and no value of a header. Without the library of schemas, which threads that only
// serve do not load.

/** Undefined when `value` is a header name: a token of RFC 9110 section 5.6.2. */
export function headerNameFault(value: string): string | undefined {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(value) ? undefined : "is not a header name";
}

/** Undefined when `value` may be sent as a header: visible ASCII, spaces and tabs inside. */
export function headerValueFault(value: string): string | undefined {
  return /^[\x20-\x7e\t\x80-\xff]*$/.test(value) ? undefined : "has characters no header may have";
}
