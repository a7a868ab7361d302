// An upstream as the executor sees it: something that takes a request and answers it.

import type { TrafficMeter } from "./request-meter.ts";
import type { UpstreamBase } from "./upstream-url.ts";

/** A request on its way out. Hop-by-hop headers are already gone; `headers` may be changed. */
export interface UpstreamRequest {
  readonly method: string;
  /** Path and query as the client wrote them. */
  readonly target: string;
  /**
   * The target is relative to the upstream's origin, because the upstream itself redirected to it,
   * and not below the path of its URL.
   */
  readonly isAbsolute?: boolean;
  readonly headers: Headers;
  readonly body: OutgoingBody;
  /** Bytes that a stream may have; one byte more ends the request with BodyTooLargeError. */
  readonly bodyBytesMax: number;
  /** The client's request; when its client goes away, the upstream's request ends. */
  readonly client: Request | undefined;
  /** Counts bodies that pass piece by piece. */
  readonly meter?: TrafficMeter | undefined;
  /** Watches how such a body comes in. */
  readonly upload?: UploadWatch | undefined;
}

/** May end an upload that comes in too slowly. */
export interface UploadWatch {
  /** Bytes from the client are awaited from now on; `cut` ends the request with that error. */
  asked(cut: (error: Error) => void): void;
  /** Bytes came. */
  came(bytes: number): void;
  /** All bytes came. */
  uploaded(): void;
}

/** The body of a request to an upstream: bytes can be sent twice, a stream only once. */
export type OutgoingBody = Uint8Array | ReadableStream<Uint8Array> | null;

/**
 * Where requests are sent on to. Rejects with UpstreamError; stopped once, when nothing more is to
 * be sent.
 */
export interface Upstream {
  /** Its name in the configuration: default, logs, metrics, traces. */
  readonly name: string;
  /** Where it is; undefined if it has no address. */
  readonly base?: UpstreamBase | undefined;
  /** Rejects with UpstreamError, ClientGoneError or BodyTooLargeError, and nothing else. */
  send(request: UpstreamRequest): Promise<Response>;
  /** Closes idle connections; requests in flight continue. */
  stop(): void;
}
