// Both ends of a request from one thread to another: the request is sent over the port with its
// whole body, and the response comes back in pieces, each when the reader asks for it.

import { problem } from "../../server/local-errors.ts";
import { canonicalPath } from "../../core/paths.ts";
import { pathOf, targetOf } from "../../server/server.ts";
import { readBounded } from "../../pipeline/relay-body.ts";
import { PAGE_REQUEST_BYTES_MAX } from "../../core/limits.ts";

type HeaderList = readonly (readonly [string, string])[];

/** From the asking side. */
export type CallMessage =
  | {
      readonly kind: "call";
      readonly id: number;
      readonly method: string;
      /** Path and query: the rest of a URL is the client's Host, which may be none. */
      readonly target: string;
      readonly headers: HeaderList;
      readonly body: Uint8Array | undefined;
    }
  | { readonly kind: "call.more"; readonly id: number }
  | { readonly kind: "call.cancel"; readonly id: number };

/** From the answering side. */
export type ResponseMessage =
  | {
      readonly kind: "respond";
      readonly id: number;
      readonly status: number;
      readonly headers: HeaderList;
      readonly hasBody: boolean;
    }
  | { readonly kind: "response.piece"; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: "response.end"; readonly id: number; readonly error: string | undefined };

interface OpenCall {
  readonly answered: (message: Extract<ResponseMessage, { kind: "respond" }>) => void;
  readonly failed: (error: Error) => void;
  stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  wake: () => void;
}

/** The asking side. */
export class PortFetch {
  readonly #post: (message: CallMessage) => void;
  readonly #open = new Map<number, OpenCall>();
  #lastId = 0;

  constructor(post: (message: CallMessage) => void) {
    this.#post = post;
  }

  /** Rejects when the other side cannot answer any more. */
  async fetch(request: Request): Promise<Response> {
    const { body: stream, method, url, signal } = request;
    const body = stream === null ? undefined : await readBounded(stream, PAGE_REQUEST_BYTES_MAX);
    if (stream !== null && body === undefined) {
      const message = `the body has more than ${PAGE_REQUEST_BYTES_MAX} bytes`;
      return problem(413, "body_too_large", message);
    }
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    this.#open.set(id, {
      answered: (message) => resolve(this.#response(message)),
      failed: reject,
      stream: undefined,
      wake: () => undefined,
    });
    signal.addEventListener("abort", () => this.#cancel(id), { once: true });
    const target = targetOf(url);
    this.#post({ kind: "call", id, method, target, headers: [...request.headers], body });
    return promise;
  }

  take(message: ResponseMessage): void {
    const call = this.#open.get(message.id);
    if (call === undefined) return;
    switch (message.kind) {
      case "respond":
        if (!message.hasBody) this.#open.delete(message.id);
        call.answered(message);
        return;
      case "response.piece":
        call.stream?.enqueue(message.bytes);
        call.wake();
        return;
      case "response.end":
        this.#open.delete(message.id);
        if (message.error === undefined) call.stream?.close();
        else this.#fail(call, new Error(message.error));
        call.wake();
    }
  }

  /** The other side has ended. */
  close(): void {
    const error = new Error("the thread that was asked has ended");
    for (const call of this.#open.values()) {
      this.#fail(call, error);
      call.wake();
    }
    this.#open.clear();
  }

  #response(message: Extract<ResponseMessage, { kind: "respond" }>): Response {
    const { id, status, hasBody } = message;
    const headers = message.headers.map(([name, value]): [string, string] => [name, value]);
    if (!hasBody) return new Response(null, { status, headers });
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          const call = this.#open.get(id);
          if (call !== undefined) call.stream = controller;
        },
        pull: () => {
          const call = this.#open.get(id);
          if (call === undefined) return undefined;
          const { promise, resolve } = Promise.withResolvers<void>();
          call.wake = resolve;
          this.#post({ kind: "call.more", id });
          return promise;
        },
        cancel: () => this.#cancel(id),
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { status, headers });
  }

  #fail({ stream, failed }: OpenCall, error: Error): void {
    if (stream === undefined) failed(error);
    else stream.error(error);
  }

  #cancel(id: number): void {
    const call = this.#open.get(id);
    if (call === undefined) return;
    this.#open.delete(id);
    this.#post({ kind: "call.cancel", id });
    this.#fail(call, new DOMException("the client went away", "AbortError"));
    call.wake();
  }
}

/** Of the requests that the answering side sees. */
const ORIGIN = "http://edge";

interface ServedCall {
  readonly controller: AbortController;
  pieces: AsyncIterator<Uint8Array> | undefined;
}

/** The answering side. */
export class PortServer {
  readonly #post: (message: ResponseMessage) => void;
  readonly #handle: (request: Request) => Response | Promise<Response>;
  readonly #served = new Map<number, ServedCall>();

  constructor(
    post: (message: ResponseMessage) => void,
    handle: (request: Request) => Response | Promise<Response>,
  ) {
    this.#post = post;
    this.#handle = handle;
  }

  take(message: CallMessage): void {
    switch (message.kind) {
      case "call":
        void this.#serve(message);
        return;
      case "call.more":
        void this.#sendPiece(message.id);
        return;
      case "call.cancel": {
        const call = this.#served.get(message.id);
        this.#served.delete(message.id);
        call?.controller.abort();
        void call?.pieces?.return?.().catch(() => undefined);
      }
    }
  }

  /** The other side has ended: nothing of what is being answered is needed any more. */
  close(): void {
    for (const id of this.#served.keys()) this.take({ kind: "call.cancel", id });
  }

  async #serve(message: Extract<CallMessage, { kind: "call" }>): Promise<void> {
    const { id, method, target, headers, body } = message;
    const controller = new AbortController();
    const call: ServedCall = { controller, pieces: undefined };
    this.#served.set(id, call);
    try {
      const request = new Request(ORIGIN + target, {
        method,
        headers: headers.map(([name, value]): [string, string] => [name, value]),
        body: body ?? null,
        signal: controller.signal,
      });
      const response = await this.#handle(request);
      const { status, body: stream } = response;
      if (!this.#served.has(id)) {
        await stream?.cancel();
        return;
      }
      if (stream === null) this.#served.delete(id);
      else call.pieces = stream[Symbol.asyncIterator]();
      const hasBody = stream !== null;
      this.#post({ kind: "respond", id, status, headers: [...response.headers], hasBody });
    } catch (error) {
      this.#end(id, error);
    }
  }

  async #sendPiece(id: number): Promise<void> {
    const pieces = this.#served.get(id)?.pieces;
    if (pieces === undefined) return;
    try {
      const { done = false, value } = await pieces.next();
      if (done) this.#end(id, undefined);
      else if (this.#served.has(id)) this.#post({ kind: "response.piece", id, bytes: value });
    } catch (error) {
      this.#end(id, error);
    }
  }

  #end(id: number, error: unknown): void {
    if (!this.#served.delete(id)) return;
    this.#post({
      kind: "response.end",
      id,
      error: error === undefined ? undefined : textOf(error),
    });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : "the answer could not be made";
}

/** Whether the path is `/_edge` or below it; other paths of the program need no other thread. */
export function isLocalPage(url: string): boolean {
  if (!MAY_BE_OWN.test(url)) return false;
  return OWN_PAGES.test(canonicalPath(pathOf(targetOf(url))));
}

/** What every spelling of it has: most requests are looked at no further. */
const MAY_BE_OWN = /_edge|%/;
const OWN_PAGES = /^\/_edge(?:\/|$)/;
