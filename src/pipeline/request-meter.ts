// Counts the traffic of one request: bytes in, bytes out, and the time of the last byte out. It is
// called by the code that moves the bytes: once with the length for a body that is passed on whole,
// otherwise piece by piece.

import type { AcceptedResponse } from "../protocols/index.ts";
import { wholeResponse } from "./whole-response.ts";

/** One body of a response on its way. */
export interface BodyMeter {
  sent(bytes: number): void;
  /** The last piece was sent, or no more will be sent. */
  ended(): void;
}

/** Counts traffic; called by whoever moves the bytes. */
export interface TrafficMeter {
  /** Bytes of the request's body have arrived. */
  received(bytes: number): void;
  /** A response's body is sent piece by piece; of several, the last to begin is the client's. */
  begin(): BodyMeter;
}

export class RequestMeter implements TrafficMeter {
  bytesIn = 0;
  bytesOut = 0;
  #body: CountedBody | undefined;

  received(bytes: number): void {
    this.bytesIn += bytes;
  }

  begin(): BodyMeter {
    this.bytesOut = 0;
    this.#body = new CountedBody(this);
    return this.#body;
  }

  /** Forgets the body that has begun: the client gets a different response. */
  restart(): void {
    this.bytesOut = 0;
    this.#body = undefined;
  }

  /**
   * Calls `sent` when the response has been sent. If it is whole, does so at once and returns true.
   */
  settle(method: string, response: Response, sent: () => void): boolean {
    if (this.#body?.isOver === false) {
      this.#body.over = sent;
      return false;
    }
    if (this.#body === undefined && method !== "HEAD") this.bytesOut = wholeLength(response);
    sent();
    return true;
  }

  /** Counts bytes if the body is the client's. */
  sent(body: BodyMeter, bytes: number): void {
    if (body === this.#body) this.bytesOut += bytes;
  }
}

class CountedBody implements BodyMeter {
  isOver = false;
  over: (() => void) | undefined;
  readonly #meter: RequestMeter;

  constructor(meter: RequestMeter) {
    this.#meter = meter;
  }

  sent(bytes: number): void {
    this.#meter.sent(this, bytes);
  }

  ended(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.over?.();
  }
}

/** A response without a body may state the length of one. */
function wholeLength({ status, headers }: Response): number {
  return status === 204 || status === 304 ? 0 : Number(headers.get("content-length") ?? 0);
}

/** A response of our own that states its length: what is not stated cannot be counted. */
export function localResponse(
  body: string | Uint8Array,
  status: number,
  headers: Readonly<Record<string, string>>,
): Response {
  // Copied, because the caller keeps the bytes.
  const bytes = Buffer.from(body);
  const length = String(bytes.length);
  return wholeResponse(bytes, { status, headers: { ...headers, "content-length": length } });
}

/** The response of a backend that accepted everything. */
export function acceptedResponse({ status, contentType, body }: AcceptedResponse): Response {
  // RFC 9110 section 15.3.5: such a response has no body and states no length.
  if (contentType === undefined) return new Response(null, { status });
  return localResponse(body, status, { "content-type": contentType });
}
