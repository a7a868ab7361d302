// Writes the head of a response as text, and decides how its body is framed. Pure except for the
// date.

import type { ReceivedHead } from "./request-head.ts";

/** What marks the end of a body: a length, a last chunk, or the end of the connection. */
export type BodyFraming =
  | { readonly kind: "none" }
  | { readonly kind: "whole"; readonly bytes: Uint8Array }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunks" | "until close" };

export interface ResponseHead {
  readonly text: string;
  readonly framing: BodyFraming;
  /** Whether the connection is closed after the response. */
  readonly isLast: boolean;
}

/**
 * `whole`: the body, if it is there. `isLast`: whether the connection is to be closed whatever the
 * client and the response say.
 */
export function responseHead(
  { method, isHttp10, keepsAlive }: ReceivedHead,
  response: Response,
  whole: Uint8Array | undefined,
  isLast: boolean,
): ResponseHead {
  const { status } = response;
  const fields = new Fields();
  response.headers.forEach((value, name) => fields.add(value, name));
  const bodiless = isBodiless(method, status) || (whole === undefined && response.body === null);
  const framing = bodiless ? NO_BODY : framingOf(isHttp10, whole, fields.length);
  const isClosing = isLast || !keepsAlive || fields.isLast || framing.kind === "until close";
  let text = statusLine(status, response.statusText) + fields.text;
  text += lengthLine(method, status, framing, fields.length);
  if (!fields.hasDate) text += `date: ${httpDate()}\r\n`;
  if (isClosing) text += "Connection: close\r\n";
  else if (isHttp10) text += "Connection: keep-alive\r\n";
  return { text: `${text}\r\n`, framing, isLast: isClosing };
}

/** Collects header lines, without those that belong to this connection. */
class Fields {
  text = "";
  /** The length that the response states. */
  length: string | undefined;
  isLast = false;
  hasDate = false;

  add(value: string, name: string): void {
    switch (name) {
      case "content-length":
        this.length = value;
        return;
      case "connection":
        this.isLast = /(?:^|[,\s])close(?:$|[,\s])/i.test(value);
        return;
      case "keep-alive":
      case "transfer-encoding":
        return;
      case "date":
        this.hasDate = true;
    }
    this.text += `${name}: ${value}\r\n`;
  }
}

function framingOf(
  isHttp10: boolean,
  whole: Uint8Array | undefined,
  length: string | undefined,
): BodyFraming {
  if (whole !== undefined) return { kind: "whole", bytes: whole };
  if (length !== undefined) return { kind: "length", bytes: Number(length) };
  return { kind: isHttp10 ? "until close" : "chunks" };
}

const NO_BODY: BodyFraming = { kind: "none" };

function lengthLine(
  method: string,
  status: number,
  body: BodyFraming,
  said: string | undefined,
): string {
  switch (body.kind) {
    case "whole":
      return `content-length: ${body.bytes.length}\r\n`;
    case "length":
      return `content-length: ${body.bytes}\r\n`;
    case "chunks":
      return "transfer-encoding: chunked\r\n";
    case "until close":
      return "";
    case "none": {
      // RFC 9110 section 8.6: here it is the length that a different response would have.
      const isOfAnother = method === "HEAD" || status === 304;
      if (isOfAnother) return said === undefined ? "" : `content-length: ${said}\r\n`;
      return status === 204 ? "" : "content-length: 0\r\n";
    }
  }
}

/** Whether the response has no body, whatever it says (RFC 9112 section 6.3). */
export function isBodiless(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304;
}

export function statusLine(status: number, reason: string): string {
  return `HTTP/1.1 ${status} ${reason === "" ? (REASONS[status] ?? "") : reason}\r\n`;
}

/** RFC 9110 section 15; an empty reason is just as valid, but less helpful to people. */
const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  206: "Partial Content",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
  508: "Loop Detected",
};

let dateS = 0;
let date = "";

/** The date of a response (RFC 9110 section 6.6.1), made once a second. */
function httpDate(): string {
  const nowS = Math.floor(Date.now() / 1000);
  if (nowS !== dateS) {
    dateS = nowS;
    date = new Date(nowS * 1000).toUTCString();
  }
  return date;
}
