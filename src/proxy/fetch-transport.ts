// Carries requests by fetch: TLS, and the proxies of the environment. Answers are never
// decompressed and redirects never followed.

import type { Flight } from "./flights.ts";
import { stripResponseHeaders } from "./hop-by-hop.ts";
import type { Transport } from "./transport.ts";
import { type UpstreamBase, joinUrl } from "./upstream-url.ts";
import type { UpstreamRequest } from "./upstream.ts";

/** PEM texts. */
export interface UpstreamTlsPem {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** Answers up to this size, whose length is known, need no stream of our own around them. */
const WHOLE_BODY_BYTES_MAX = 64 * 1024;

export class FetchTransport implements Transport {
  readonly knowsConnect = false;
  readonly #base: UpstreamBase;
  readonly #backstopMs: number;
  readonly #session: Bun.FetchSession | undefined;
  readonly #fetch: Bun.FetchSession["fetch"];
  /**
   * How many connections are open, at the most: fetch does not tell. Taking a new one for an old
   * one costs a vain second attempt, the other way round a client gets a 502 for nothing.
   */
  #open = 0;

  /** After `backstopMs` of silence fetch's own, coarse timer ends what ours have not. */
  constructor(base: UpstreamBase, tls: UpstreamTlsPem | undefined, backstopMs: number) {
    this.#base = base;
    this.#backstopMs = backstopMs;
    this.#session = sessionOf(tls);
    this.#fetch = this.#session?.fetch ?? fetch;
  }

  async start(request: UpstreamRequest, flight: Flight, isFresh: boolean): Promise<Response> {
    const { method, headers, body, target } = request;
    const controller = new AbortController();
    flight.target = controller;
    flight.metPooled = !isFresh && flight.others < this.#open;
    if (!flight.metPooled) this.#open++;
    let response: Response;
    try {
      response = await this.#fetch(joinUrl(this.#base, target), {
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
    stripResponseHeaders(response.headers);
    flight.isWhole = isWhole(response, request);
    return response;
  }

  close(): void {
    this.#session?.close();
  }
}

/**
 * Whether the answer can be returned as it is, which is cheaper. Not when it might fail half-way
 * with a secret of the query in the runtime's report, nor when the runtime would make up a content
 * type.
 */
function isWhole(response: Response, request: UpstreamRequest): boolean {
  if (request.method === "HEAD" || response.status === 204 || response.status === 304) return true;
  const length = response.headers.get("content-length");
  if (length === null || Number(length) > WHOLE_BODY_BYTES_MAX) return false;
  return response.headers.has("content-type") && !request.target.includes("?");
}

function sessionOf(tls: UpstreamTlsPem | undefined): Bun.FetchSession | undefined {
  if (tls === undefined) return undefined;
  const { ca, cert, key } = tls;
  return new Bun.FetchSession({
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  });
}
