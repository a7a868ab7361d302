// The Extensions API of AWS Lambda, as its developer guide describes it (runtimes-extensions-api).

import { LAMBDA_ANSWER_BYTES_MAX, LAMBDA_REPORT_TIMEOUT_MS } from "../core/limits.ts";
import { decodeUtf8 } from "../core/utf8.ts";
import { readAtMost } from "../system/read-stream.ts";

/** `deadlineMs`: in Unix milliseconds; undefined: it is not told. */
export type LambdaEvent =
  | { readonly kind: "invoke"; readonly requestId: string; readonly deadlineMs: number | undefined }
  | { readonly kind: "shutdown"; readonly reason: string; readonly deadlineMs: number | undefined };

/** The API answered with an error. */
export class ExtensionsApiError extends Error {
  readonly code = "extensions_api";
  readonly status: number;
  constructor(what: string, status: number, body: string) {
    super(`${what}: status ${status}: ${body.slice(0, 200)}`);
    this.name = "ExtensionsApiError";
    this.status = status;
  }
}

export interface ExtensionsApiOptions {
  /** AWS_LAMBDA_RUNTIME_API: host and port. */
  readonly address: string;
  /** Of the extension's file, by which Lambda knows it. */
  readonly name: string;
  readonly fetch?: (url: string, init: RequestInit & { timeout?: boolean }) => Promise<Response>;
}

export class ExtensionsApi {
  readonly #base: string;
  readonly #options: ExtensionsApiOptions;
  #id: string | undefined;

  constructor(options: ExtensionsApiOptions) {
    this.#options = options;
    this.#base = `http://${options.address}/2020-01-01/extension`;
  }

  get name(): string {
    return this.#options.name;
  }

  async register(): Promise<void> {
    const response = await this.#ask("/register", {
      method: "POST",
      headers: {
        "Lambda-Extension-Name": this.#options.name,
        "Content-Type": "application/json",
      },
      body: JSON.stringify({ events: ["INVOKE", "SHUTDOWN"] }),
    });
    await textOf(response);
    const id = response.headers.get("lambda-extension-identifier");
    if (id === null) throw new ExtensionsApiError("register: there is no identifier", 200, "");
    this.#id = id;
  }

  /** Resolves when something happens, which may take hours: the sandbox is frozen meanwhile. */
  async next(): Promise<LambdaEvent> {
    const response = await this.#ask("/event/next", { headers: this.#own(), timeout: false });
    return eventOf(await textOf(response));
  }

  /** Tells that the extension cannot start. Never rejects: the process ends anyway. */
  async initError(type: string, message: string): Promise<void> {
    await this.#report("/init/error", type, message);
  }

  /** Tells that the extension ends and should not. Never rejects. */
  async exitError(type: string, message: string): Promise<void> {
    await this.#report("/exit/error", type, message);
  }

  async #report(path: string, type: string, message: string): Promise<void> {
    if (this.#id === undefined) return;
    const headers = { ...this.#own(), "Lambda-Extension-Function-Error-Type": type };
    const body = JSON.stringify({ errorMessage: message, errorType: type, stackTrace: [] });
    const signal = AbortSignal.timeout(LAMBDA_REPORT_TIMEOUT_MS);
    await this.#ask(path, { method: "POST", headers, body, signal }).catch(() => undefined);
  }

  #own(): Record<string, string> {
    return { "Lambda-Extension-Identifier": this.#id ?? "" };
  }

  async #ask(path: string, init: RequestInit & { timeout?: boolean }): Promise<Response> {
    const send = this.#options.fetch ?? fetch;
    const response = await send(this.#base + path, init);
    if (response.ok) return response;
    throw new ExtensionsApiError(path.slice(1), response.status, await textOf(response));
  }
}

/** Memory is what a sandbox has least of: of an answer without end only the beginning is read. */
async function textOf({ body, ok, status }: Response): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const bytes = await readAtMost(reader, LAMBDA_ANSWER_BYTES_MAX);
  if (bytes !== undefined) return decodeUtf8(bytes);
  void reader.cancel().catch(() => undefined);
  const text = `more than ${LAMBDA_ANSWER_BYTES_MAX} bytes`;
  if (ok) throw new ExtensionsApiError("an answer", status, text);
  return text;
}

/** Throws for what is no event that was registered for. */
function eventOf(text: string): LambdaEvent {
  const tree: unknown = JSON.parse(text);
  const members = (tree ?? {}) as Readonly<Record<string, unknown>>; // Checked below.
  const { eventType, requestId, shutdownReason, deadlineMs } = members;
  const isTold = typeof deadlineMs === "number" && Number.isFinite(deadlineMs);
  const whenMs = isTold ? deadlineMs : undefined;
  if (eventType === "INVOKE") {
    return { kind: "invoke", requestId: named(requestId), deadlineMs: whenMs };
  }
  if (eventType === "SHUTDOWN") {
    return { kind: "shutdown", reason: named(shutdownReason), deadlineMs: whenMs };
  }
  throw new TypeError(`event/next: ${JSON.stringify(eventType)} is no event that is known`);
}

function named(value: unknown): string {
  return typeof value === "string" ? value : "unknown";
}
