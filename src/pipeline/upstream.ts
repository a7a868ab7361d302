// An upstream as the executor sees it: something that takes a request and answers it.

import type { TrafficMeter } from "./request-meter.ts";
import type { UpstreamBase } from "./upstream-url.ts";

/** A request on its way out. Hop-by-hop headers are already gone; `headers` may be changed. */
export interface UpstreamRequest {
  readonly method: string;
  /** Path and query as the client wrote them. */
  readonly target: string;
  /**
   * The target is one of the upstream's origin, where the upstream itself led to, and not below the
   * path of its URL.
   */
  readonly isAbsolute?: boolean;
  readonly headers: Headers;
  readonly body: OutgoingBody;
  /** Bytes that a stream may have; one more ends the request with BodyTooLargeError. */
  readonly bodyBytesMax: number;
  /** The client's request, which ends the upstream's when its client goes away. */
  readonly client: Request | undefined;
  /** Told of bodies that pass piece by piece. */
  readonly meter?: TrafficMeter | undefined;
  /** Told how such a body comes in. */
  readonly upload?: UploadWatch | undefined;
}

/** May end an upload that comes in too slowly. */
export interface UploadWatch {
  /** Bytes of the client's are waited for from now on; `cut` ends the request with that error. */
  asked(cut: (error: Error) => void): void;
  /** They came. */
  came(bytes: number): void;
  /** All of them came. */
  uploaded(): void;
}

/** The body of a request to an upstream: bytes can be sent twice, a stream only once. */
export type OutgoingBody = Uint8Array | ReadableStream<Uint8Array> | null;

/**
 * Where requests are sent on to. Rejects with UpstreamError; stopped once, when nothing is sent any
 * more.
 */
export interface Upstream {
  /** Name of the configuration: default, logs, metrics, traces. */
  readonly name: string;
  /** Where it is; undefined when it has no address. */
  readonly base?: UpstreamBase | undefined;
  /** Rejects with UpstreamError, ClientGoneError or BodyTooLargeError, and nothing else. */
  send(request: UpstreamRequest): Promise<Response>;
  /** Closes idle connections; what is in flight goes on. */
  stop(): void;
}
