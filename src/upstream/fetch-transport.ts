// Sends requests with `fetch`, which handles TLS and the proxies of the environment. Responses are
// never decompressed, and redirects are never followed.

import { WHOLE_ANSWER_BYTES_MAX } from "../core/limits.ts";
import type { InFlightRequest } from "./in-flight-requests.ts";
import { stripResponseHeaders } from "../pipeline/hop-by-hop.ts";
import { MalformedResponseError } from "./http1/response-reader.ts";
import type { AddedHeaders } from "./added-headers.ts";
import type { Transport } from "./transport.ts";
import { partialResponse } from "../pipeline/upstream-error.ts";
import { type UpstreamBase, requestTarget } from "../pipeline/upstream-url.ts";
import type { UpstreamRequest } from "../pipeline/upstream.ts";
import { wholeBody } from "./whole-body.ts";
import { wholeResponse } from "../pipeline/whole-response.ts";

/** Certificate, key and CA for connections to upstreams, as PEM texts. */
export interface UpstreamTlsPem {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export class FetchTransport implements Transport {
  readonly knowsConnect = false;
  readonly #base: UpstreamBase;
  readonly #added: AddedHeaders;
  readonly #backstopMs: number;
  readonly #session: Bun.FetchSession | undefined;
  readonly #fetch: Bun.FetchSession["fetch"];
  /**
   * The most connections that can be open; fetch does not tell. If a new connection is taken for an
   * old one, that costs a useless second attempt; the other way round, a client gets a 502 for
   * nothing.
   */
  #open = 0;

  /** After `backstopMs` of silence, fetch's own coarse timer ends what our timers have not. */
  constructor(
    base: UpstreamBase,
    added: AddedHeaders,
    tls: UpstreamTlsPem | undefined,
    backstopMs: number,
  ) {
    this.#base = base;
    this.#added = added;
    this.#backstopMs = backstopMs;
    this.#session = sessionOf(tls);
    this.#fetch = this.#session?.fetch ?? fetch;
  }

  async start(
    request: UpstreamRequest,
    inFlight: InFlightRequest,
    isFresh: boolean,
  ): Promise<Response> {
    const { method, body } = request;
    const headers = this.#added.all(request.headers);
    const controller = new AbortController();
    inFlight.target = controller;
    inFlight.metPooled = !isFresh && inFlight.others < this.#open;
    if (!inFlight.metPooled) this.#open++;
    const url = this.#base.origin + requestTarget(this.#base, request);
    let response: Response;
    try {
      response = await this.#fetch(url, {
        method,
        headers,
        body,
        decompress: false,
        redirect: "manual",
        keepalive: !isFresh,
        timeout: this.#backstopMs,
        signal: controller.signal,
      });
    } catch (error) {
      this.#open--;
      throw error;
    }
    if (response.headers.get("connection") === "close") this.#open--;
    if (response.status < 200 || response.status > 599) {
      controller.abort();
      throw new MalformedResponseError(`status ${response.status}`);
    }
    stripResponseHeaders(response.headers);
    inFlight.isWhole = method === "HEAD" || response.status === 204 || response.status === 304;
    if (inFlight.isWhole || !isShort(response)) return response;
    return this.#whole(response, inFlight, controller.signal);
  }

  /** Awaits the body, so that a truncated one can still become a 502. */
  async #whole(
    response: Response,
    inFlight: InFlightRequest,
    signal: AbortSignal,
  ): Promise<Response> {
    let bytes: Uint8Array;
    try {
      bytes = await response.bytes();
    } catch (error) {
      throw signal.aborted ? error : partialResponse(this.#base.origin);
    }
    const { status, statusText, headers } = response;
    const isTyped = headers.has("content-type");
    inFlight.isWhole = isTyped || bytes.length === 0;
    const init = { status, statusText, headers };
    if (bytes.length === 0) return new Response(null, init);
    const body = wholeBody(bytes, isTyped);
    return body instanceof Uint8Array ? wholeResponse(body, init) : new Response(body, init);
  }

  stop(): void {
    this.#session?.close();
  }
}

function isShort({ headers }: Response): boolean {
  const length = headers.get("content-length");
  return length !== null && Number(length) <= WHOLE_ANSWER_BYTES_MAX;
}

function sessionOf(tls: UpstreamTlsPem | undefined): Bun.FetchSession | undefined {
  if (tls === undefined) return undefined;
  const { ca, cert, key } = tls;
  return new Bun.FetchSession({
    tls: {
      // If a CA is configured, it is the only one that is trusted, whatever the environment says.
      ...(ca === undefined ? {} : { ca, rejectUnauthorized: true }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  });
}
