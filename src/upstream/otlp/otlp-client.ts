// Posts OTLP requests in protobuf over HTTP and classifies the outcome as the OTLP specification
// does ("OTLP/HTTP response"): what may be retried, what must not be, and what was accepted in
// part.

import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { redactUrl } from "../../core/redact.ts";
import { basicCredentials, retryAfterMs } from "../../system/index.ts";
import { AddedHeaders } from "../added-headers.ts";
import type { HeaderChanges } from "../header-changes.ts";
import { type PartialSuccess, readPartialSuccess } from "./partial-success.ts";

export type OtlpResponse =
  | ({ readonly kind: "accepted" } & PartialSuccess)
  /** The request may be accepted later; not before `askedMs`, if the backend asked for that. */
  | { readonly kind: "retry"; readonly reason: string; readonly askedMs: number }
  | { readonly kind: "refused"; readonly reason: string };

export interface OtlpClientOptions {
  /** The complete URL for one signal. Its userinfo is sent as basic credentials. */
  readonly url: string;
  /** The name of the sender. */
  readonly userAgent: string;
  /** The changes to headers that users configured. Default: none. */
  readonly changes?: HeaderChanges | undefined;
  /** gzip costs processor time and saves network traffic. */
  readonly compression: "none" | "gzip";
  /** The time for one attempt, including its response. */
  readonly timeoutMs: number;
  /** Default: the real one. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** How many bytes of a response are read: a larger one is not an OTLP response. */
const ANSWER_BYTES_MAX = 64 * 1024;
/** OTLP specification, "Retryable response codes". */
const AGAIN: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const gzipped = promisify(gzip);

export class OtlpClient {
  readonly #options: OtlpClientOptions;
  readonly #url: string;
  /** The URL for messages, without what may be secret. */
  readonly #shown: string;
  readonly #headers: Headers;
  readonly #added: AddedHeaders;

  constructor(options: OtlpClientOptions) {
    this.#options = options;
    const url = new URL(options.url);
    const { userAgent, changes } = options;
    this.#added = new AddedHeaders(userAgent, basicCredentials(url), undefined, changes);
    this.#headers = new Headers({ "content-type": "application/x-protobuf" });
    if (options.compression === "gzip") this.#headers.set("content-encoding", "gzip");
    url.username = "";
    url.password = "";
    this.#url = url.href;
    this.#shown = redactUrl(url.href);
  }

  /** Makes one attempt. Never rejects. */
  async post(request: Uint8Array<ArrayBuffer>): Promise<OtlpResponse> {
    const { compression, timeoutMs } = this.#options;
    const post = this.#options.fetch ?? fetch;
    try {
      // Level 1 is several times as fast as the default, and log lines become hardly larger.
      const body = compression === "gzip" ? await gzipped(request, { level: 1 }) : request;
      const response = await post(this.#url, {
        method: "POST",
        headers: this.#added.all(this.#headers),
        body,
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
      });
      return await this.#answer(response);
    } catch (error) {
      return { kind: "retry", reason: `${this.#shown}: ${this.#wordFor(error)}`, askedMs: 0 };
    }
  }

  async #answer(response: Response): Promise<OtlpResponse> {
    const { headers, status } = response;
    if (response.ok) {
      return { kind: "accepted", ...readPartialSuccess(await bytesOf(response), headers) };
    }
    await response.body?.cancel();
    const reason = `${this.#shown} answered ${status}${cureOf(status)}`;
    if (AGAIN.has(status)) return { kind: "retry", reason, askedMs: retryAfterMs(headers) };
    return { kind: "refused", reason };
  }

  /** A word for what went wrong: fetch's messages can contain the URL. */
  #wordFor(error: unknown): string {
    if (!(error instanceof Error)) return "failed";
    if (error.name === "TimeoutError") return `no answer within ${this.#options.timeoutMs} ms`;
    return "code" in error && typeof error.code === "string" ? error.code : error.name;
  }
}

function cureOf(status: number): string {
  if (status === 401 || status === 403) return "; check the credentials";
  if (status === 404 || status === 405) return "; check the path of the URL";
  if (status === 413) return "; the backend takes smaller requests only";
  if (status >= 300 && status < 400) return "; redirects are not followed, give the final URL";
  return "";
}

/** The body of a response, up to a bound; the rest is discarded. */
async function bytesOf({ body }: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) break;
  }
  return size > ANSWER_BYTES_MAX ? new Uint8Array(0) : Buffer.concat(chunks);
}
