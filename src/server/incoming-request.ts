// A request as handlers see it. It offers what `Request` offers, but makes each thing from the
// received bytes only when it is asked for, because making a real `Request` costs as much as
// reading its head.

import { ClientAbortError, type IncomingBody } from "./incoming-body.ts";
import type { ListenerState } from "./listener-state.ts";

/** What handlers ask of a request's head. */
export interface RequestHead {
  readonly method: string;
  /** As written; one character per byte. */
  readonly target: string;
  readonly headers: Headers;
  /** Bytes of the body; -1: only the end will tell. */
  readonly bodyBytes: number;
}

/** What handlers ask of the connection that a request came on. */
export interface RequestOrigin {
  readonly scheme: "http" | "https";
  /** The client's address; empty on a unix socket. */
  readonly address: string;
}

export class IncomingRequest {
  readonly method: string;
  readonly headers: Headers;
  readonly origin: RequestOrigin;
  readonly #head: RequestHead;
  readonly #body: IncomingBody;
  #url: string | undefined;
  #stream: ReadableStream<Uint8Array> | undefined;
  #abort: AbortController | undefined;
  #isAborted = false;

  constructor(head: RequestHead, body: IncomingBody, origin: RequestOrigin) {
    this.method = head.method;
    this.headers = head.headers;
    this.origin = origin;
    this.#head = head;
    this.#body = body;
  }

  /** Only the target, if the request names no host that fits into a URL. */
  get url(): string {
    this.#url ??= urlOf(this.#head, this.origin.scheme);
    return this.#url;
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#isAborted) this.#abort.abort(new ClientAbortError());
    return this.#abort.signal;
  }

  get body(): ReadableStream<Uint8Array> | null {
    if (this.#head.bodyBytes === 0) return null;
    if (this.method === "GET" || this.method === "HEAD") return null;
    this.#stream ??= this.#body.stream();
    return this.#stream;
  }

  get bodyUsed(): boolean {
    return this.#body.isUsed;
  }

  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#body.whole();
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await this.#body.whole();
    const isAll = bytes.byteLength === bytes.buffer.byteLength;
    return isAll ? bytes.buffer : bytes.slice().buffer;
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.#body.whole());
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async blob(): Promise<Blob> {
    const type = this.headers.get("content-type") ?? "";
    return new Blob([await this.#body.whole()], { type });
  }

  /** The client is gone, or what it sends cannot be read any further. */
  abort(): void {
    this.#isAborted = true;
    this.#abort?.abort(new ClientAbortError());
    this.#body.fail(new ClientAbortError());
  }
}

/** It has everything that handlers use of a `Request`; the rest is about sending. */
export function asRequest(request: IncomingRequest): Request {
  return request as unknown as Request;
}

/** What is known about the connection of such a request. */
export const REQUEST_STATE: ListenerState = {
  requestIP(request) {
    if (!("origin" in request)) return null;
    // Only requests of this server have an origin.
    const { address } = (request as unknown as IncomingRequest).origin;
    return address === "" ? null : { address };
  },
};

function urlOf({ target, headers }: RequestHead, scheme: string): string {
  if (!target.startsWith("/") && target !== "*") return normalised(target) ?? `/${target}`;
  const host = headers.get("host") ?? "";
  const path = target === "*" ? "/*" : target;
  if (host === "" || ODD_HOST.test(host)) return escaped(path);
  const url = `${scheme}://${host}${path}`;
  return PLAIN_PATH.test(path) ? url : (normalised(url) ?? escaped(path));
}

/** Undefined: the text is not a URL. */
function normalised(url: string): string | undefined {
  return URL.parse(escaped(url))?.href;
}

/** Escapes bytes beyond ASCII as URLs require, whatever they encode. */
function escaped(text: string): string {
  return text.replace(BEYOND_ASCII, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

const BEYOND_ASCII = /[\x80-\xff]/g;
const ODD_HOST = /[^\w.:[\]-]/;
/** Paths that the URL standard leaves as they are: no dot segments, and nothing that it escapes. */
const PLAIN_PATH = /^(?!.*\/(?:\.|%2e))[\w\-./~!$&()*+,;=:@%?]*$/i;
