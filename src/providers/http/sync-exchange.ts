// One request to a control plane and its response, bounded, as bytes. When there is no response, it
// says why in one sentence. Knows nothing about the meaning of messages.

import { basicCredentials } from "../../system/basic-credentials.ts";
import { retryAfterMs } from "../../system/back-off.ts";
import { readAtMost } from "../../system/read-stream.ts";
import { errorMessage } from "../../core/errors.ts";
import { redactText, redactUrl } from "../../core/redact.ts";
import type { Schedule } from "../../system/timer.ts";
import { SYNC_CONTENT_TYPES, type SyncEncoding } from "../../policy/wire/encoding.ts";

/** The part of the global `fetch` that syncs use. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface ExchangeOptions {
  readonly url: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly encoding: SyncEncoding;
  readonly timeoutMs: number;
  readonly responseBytesMax: number;
  readonly fetch: Fetch;
  readonly schedule: Schedule;
  /** Ends the exchange early. */
  readonly signal?: AbortSignal;
}

export interface SyncBody {
  readonly bytes: Uint8Array;
  /** The response's own; null when it has none. */
  readonly contentType: string | null;
}

/** Why there is no response: what, and what to do about it. Holds no secrets. */
export class SyncError extends Error {
  readonly code = "sync";
  /** What the control plane asked for; 0 when it did not. */
  readonly retryAfterMs: number;
  constructor(reason: string, retryAfterMs = 0) {
    super(reason);
    this.name = "SyncError";
    this.retryAfterMs = retryAfterMs;
  }
}

/** Sends `body`, and reads the response if its status is 200. Throws SyncError. */
export async function exchange(
  body: Uint8Array<ArrayBuffer>,
  options: ExchangeOptions,
): Promise<SyncBody> {
  const abort = new AbortController();
  const { promise: ended, reject: end } = Promise.withResolvers<never>();
  // Raced below; when the race is over already, nobody is left to catch it.
  ended.catch(() => undefined);
  const stop = (reason: string): void => {
    end(new SyncError(reason));
    abort.abort();
  };
  const onSignal = (): void => stop("was given up, because the program stops");
  const cancel = options.schedule(options.timeoutMs, () =>
    stop(`no answer within ${options.timeoutMs} ms (timeout_ms); check the control plane`),
  );
  options.signal?.addEventListener("abort", onSignal);
  if (options.signal?.aborted === true) onSignal();
  try {
    // A fetch that does not heed its signal must not hold us either.
    return await Promise.race([send(body, options, abort.signal), ended]);
  } catch (error) {
    if (error instanceof SyncError) throw error;
    throw new SyncError(reasonOf(error, options));
  } finally {
    cancel();
    options.signal?.removeEventListener("abort", onSignal);
    abort.abort();
  }
}

async function send(
  body: Uint8Array<ArrayBuffer>,
  options: ExchangeOptions,
  signal: AbortSignal,
): Promise<SyncBody> {
  const { url, headers } = requestTarget(options.url, options.headers);
  // Exactly one type each: there are control planes that compare the whole header. JSON is read in
  // any case.
  headers.set("content-type", SYNC_CONTENT_TYPES[options.encoding]);
  headers.set("accept", SYNC_CONTENT_TYPES[options.encoding]);
  // Redirects are not followed: the headers hold a secret that is meant for one host.
  const response = await options.fetch(url, {
    method: "POST",
    headers,
    body,
    redirect: "manual",
    signal,
  });
  if (response.status !== 200) {
    await response.body?.cancel().catch(() => undefined);
    throw new SyncError(statusReason(response.status), retryAfterMs(response.headers));
  }
  const bytes = await readBounded(response, options.responseBytesMax);
  return { bytes, contentType: response.headers.get("content-type") };
}

/** Userinfo of the URL becomes a header: neither `fetch` nor a socket takes it in URLs. */
export function requestTarget(
  url: string,
  headers: ExchangeOptions["headers"],
): { url: string; headers: Headers } {
  const target = new URL(url);
  const all = new Headers();
  const credentials = basicCredentials(target);
  if (credentials !== undefined) {
    all.set("authorization", credentials);
    target.username = "";
    target.password = "";
  }
  for (const { name, value } of headers) all.set(name, value);
  return { url: target.href, headers: all };
}

async function readBounded(response: Response, bytesMax: number): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array(0);
  const reader = response.body.getReader();
  const bytes = await readAtMost(reader, bytesMax);
  if (bytes !== undefined) return bytes;
  await reader.cancel().catch(() => undefined);
  throw new SyncError(
    `the response is larger than ${bytesMax} bytes, which is the most that is read`,
  );
}

/** Why a status is no good answer. */
export function statusReason(status: number, expected = 200): string {
  if (status === 401 || status === 403) {
    return `status ${status}; check the credentials in the provider's headers`;
  }
  if (status === 404) return "status 404; check the path of the provider's url";
  if (status >= 300 && status < 400) {
    return `status ${status}; redirects are not followed, give the final url`;
  }
  return `status ${status}; expected ${expected}`;
}

/** The code says more than the runtime's sentences, where there is one. */
function reasonOf(error: unknown, { url, headers }: ExchangeOptions): string {
  const shown = redactUrl(url);
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    const { code } = error;
    if (DAMAGED_CODING.test(code)) {
      return `the response cannot be decompressed (${code}); check the control plane and proxies before it`;
    }
    return `${shown}: cannot be reached (${code}); check the provider's url, the network and certificates`;
  }
  const secrets = headers.map(({ value }) => value);
  const text = errorMessage(error);
  return `${shown}: ${redactText(`cannot be reached: ${text}`, secrets)}`;
}

/** The runtime takes codings off, and names what went wrong by the library. */
const DAMAGED_CODING = /^(?:Zlib|Brotli|Zstd)/;
