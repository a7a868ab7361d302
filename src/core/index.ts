// What everything else stands on: bytes, text, integers, hashes, errors, the JSON and protobuf
// scanners. No word of the domain (policy, record, signal) belongs here. The scanners have doors of
// their own (json/index.ts, protobuf/index.ts), because few folders need both.

export { UndecodableError } from "./errors.ts";
export { Fnv64, fnv32, spread } from "./hash.ts";
export { compareInt64, compareInt64Double, int64ToNumber, parseInt64 } from "./int64.ts";
export { nearest } from "./nearest.ts";
export { canonicalPath, restBehind, withoutTrailingSlash } from "./paths.ts";
export { redactText, redactUrl } from "./redact.ts";
export { decodeUtf8, encodeUtf8 } from "./utf8.ts";
