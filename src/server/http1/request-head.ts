// Reads the head of an HTTP/1.1 request from text with one character per byte. Pure. It refuses
// whatever two readers could take for two different requests. Source: RFC 9112.

import { REQUEST_HEADERS_MAX } from "../../core/limits.ts";

export interface ReceivedHead {
  readonly method: string;
  /** As written; one character per byte. */
  readonly target: string;
  readonly headers: Headers;
  readonly isHttp10: boolean;
  /** Bytes of the body; -1: the body comes in chunks. */
  readonly bodyBytes: number;
  /** Whether the connection may be reused, as far as its client is concerned. */
  readonly keepsAlive: boolean;
  /** Whether the client waits for permission to send the body. */
  readonly awaitsContinue: boolean;
}

/** The status with which a request is refused because of its framing. */
export type FramingRefusal = 400 | 431 | 501 | 505;

const CHUNKED = -1;
const NO_FIELDS = { length: "", codings: 0, coding: "", connection: "", host: 0, expect: "" };

/** `text`: request line and header lines, each with its line end, without the empty line. */
export function readHead(text: string): ReceivedHead | FramingRefusal {
  const line = REQUEST_LINE.exec(text);
  if (line === null) return lineRefusal(text);
  const [whole, method = "", target = "", minor] = line;
  if (!METHODS.has(method)) return 501;
  if (!target.startsWith("/") && !isOtherTarget(method, target)) return 400;
  const isHttp10 = minor === "0";
  const headers = new Headers();
  const fields = { ...NO_FIELDS };
  const refusal = readFields(text, whole.length, headers, fields);
  if (refusal !== undefined) return refusal;
  if (fields.host === 0 && !isHttp10) return 400;
  // A client that writes a whole URL means the host in it, whatever Host says (section 3.2.2).
  const authority = AUTHORITY.exec(target)?.[1];
  if (authority !== undefined && fields.host < 2) headers.set("host", hostIn(authority));
  const bodyBytes = framed(fields, isHttp10);
  if (bodyBytes === undefined) return 400;
  return {
    method,
    target,
    headers,
    isHttp10,
    bodyBytes,
    keepsAlive: keepsAlive(fields.connection, isHttp10),
    awaitsContinue: bodyBytes !== 0 && !isHttp10 && fields.expect === "100-continue",
  };
}

/** RFC 9112 section 3.2: forms of a target that are not paths. */
function isOtherTarget(method: string, target: string): boolean {
  if (method === "CONNECT") return true;
  return target === "*" ? method === "OPTIONS" : AUTHORITY.test(target) && URL.canParse(target);
}

/** The host and port of an authority, without userinfo. */
function hostIn(authority: string): string {
  return authority.slice(authority.lastIndexOf("@") + 1);
}

/** Why the first line is refused. Without a valid method it begins no request of any version. */
export function lineRefusal(text: string): 400 | 505 {
  return METHOD_AND_TARGET.test(text) ? 505 : 400;
}

/** Whether no request can begin with this byte. */
export function isNoBeginning(byte: number): boolean {
  return !METHOD_BYTE.test(String.fromCharCode(byte));
}

type Fields = typeof NO_FIELDS;

/** Reads the lines from `start` on. Returns undefined if nothing is wrong with them. */
function readFields(
  text: string,
  start: number,
  headers: Headers,
  fields: Fields,
): 400 | 431 | undefined {
  // One pattern checks all lines, which can then be taken apart without any pattern.
  FIELDS.lastIndex = start;
  if (!FIELDS.test(text)) return 400;
  let count = 0;
  for (let at = start; at < text.length;) {
    if (++count > REQUEST_HEADERS_MAX) return 431;
    const colon = text.indexOf(":", at);
    const lineEnd = text.indexOf("\r", colon);
    const name = text.slice(at, colon);
    const value = withoutSpace(text, colon + 1, lineEnd);
    const isFraming = FRAMING_LENGTHS.has(name.length);
    if (!isFraming || readFraming(name.toLowerCase(), value, fields)) headers.append(name, value);
    at = lineEnd + 2;
  }
  return undefined;
}

/** No other character counts as white space: a length with a no-break space is invalid. */
function withoutSpace(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isSpace(text.charCodeAt(from))) from++;
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

function isSpace(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** Lengths of the names below, so that other headers cost nothing here. */
const FRAMING_LENGTHS: ReadonlySet<number> = new Set([4, 6, 10, 14, 17]);

/** Whether the line is to be among the headers. */
function readFraming(name: string, value: string, fields: Fields): boolean {
  switch (name) {
    case "host":
      fields.host++;
      return true;
    case "content-length": {
      // The same length stated twice is one length (RFC 9110 section 8.6).
      const isRepeated = fields.length === value && value !== "";
      fields.length = fields.length === "" || isRepeated ? value || "none" : "several";
      return !isRepeated;
    }
    case "transfer-encoding":
      fields.codings++;
      fields.coding = value.toLowerCase();
      return true;
    case "connection":
      fields.connection += `,${value.toLowerCase()}`;
      return true;
    case "expect":
      fields.expect = value.toLowerCase();
  }
  return true;
}

/** RFC 9112 section 6.3. Undefined: the framing is in doubt. */
function framed({ length, codings, coding }: Fields, isHttp10: boolean): number | undefined {
  if (codings > 0) {
    const isClear = codings === 1 && coding === "chunked" && length === "" && !isHttp10;
    return isClear ? CHUNKED : undefined;
  }
  if (length === "") return 0;
  return LENGTH.test(length) ? Number(length) : undefined;
}

function keepsAlive(connection: string, isHttp10: boolean): boolean {
  if (connection === "") return !isHttp10;
  const options = connection.split(",").map((option) => option.trim());
  return !options.includes("close") && (!isHttp10 || options.includes("keep-alive"));
}

const METHOD_BYTE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]/;
const METHOD_AND_TARGET = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ (?:[/*]|https?:\/\/)/i;
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~\x80-\xff]+) HTTP\/1\.([01])\r\n/;
/** The authority of a target that is a URL. Readers of URLs take a backslash for a slash. */
const AUTHORITY = /^https?:\/\/([^/?#\\]+)/i;
const SPACE = 0x20;
const TAB = 0x09;
const FIELDS = /(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*\r\n)*$/y;
/** More digits than a number can hold exactly are not a length. */
const LENGTH = /^[0-9]{1,15}$/;

/** Others are not sent on: it is not known what they mean, nor whether they have a body. */
const METHODS: ReadonlySet<string> = new Set(
  (
    "ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY " +
    "MKCALENDAR MKCOL MOVE NOTIFY OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT QUERY REBIND " +
    "REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK UNLOCK UNSUBSCRIBE"
  ).split(" "),
);
