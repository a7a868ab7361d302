// Requests the pages below /_edge/ of a running program. When there is no response, it says in
// words why; it shows no secrets of URLs.

import { printable } from "../../core/printable.ts";
import { redactUrl } from "../../core/redact.ts";
import {
  REMOTE_ANSWER_CHARS_MAX,
  REMOTE_LINE_CHARS_MAX,
  REMOTE_TIMEOUT_MS,
} from "../../core/limits.ts";
import { type CommandContext, type Invocation, UsageError, valueOf } from "../command.ts";
import { URL_FLAG } from "./flags.ts";

/** A running program that cannot be asked, or does not do what it is asked for. */
export class RemoteError extends Error {
  readonly code = "remote";
  /** Of the answer, if there was one. */
  readonly status: number | undefined;
  constructor(message: string, status?: number) {
    super(message);
    this.name = "RemoteError";
    this.status = status;
  }
}

export interface Asking {
  readonly method?: "GET" | "POST";
  readonly signal?: AbortSignal;
  /** Statuses with a document that is not an error. Default: 200. */
  readonly good?: readonly number[];
}

export type Document = Readonly<Record<string, unknown>>;

const DEFAULT_URL = "http://127.0.0.1:8080";
const TOKEN_VARIABLE = "EDGE_ADMIN_TOKEN";

export class AdminClient {
  /** For people. */
  readonly where: string;
  readonly #base: string;
  readonly #unix: string | undefined;
  readonly #token: string | undefined;

  /** @throws {UsageError} for what is no address */
  constructor(invocation: Invocation, { env }: CommandContext) {
    const given = valueOf(invocation, URL_FLAG) ?? (env["EDGE_URL"] || DEFAULT_URL);
    this.where = redactUrl(given);
    this.#unix = given.startsWith("unix:/") ? given.slice("unix:".length) : undefined;
    this.#base = this.#unix === undefined ? baseOf(given) : "http://edge";
    this.#token = tokenOf(env[TOKEN_VARIABLE]);
  }

  /** @throws {RemoteError} */
  async document(path: string, asking: Asking = {}): Promise<Document> {
    const { good = [200] } = asking;
    const timeout = AbortSignal.timeout(REMOTE_TIMEOUT_MS);
    const signal =
      asking.signal === undefined ? timeout : AbortSignal.any([timeout, asking.signal]);
    const response = await this.#ask(path, { ...asking, signal });
    const text = await this.#textOf(response);
    const document = parsed(text);
    if (good.includes(response.status) && document !== undefined) return document;
    throw this.#refusal(response, document);
  }

  /** @throws {RemoteError} */
  async text(path: string): Promise<string> {
    const response = await this.#ask(path, { signal: AbortSignal.timeout(REMOTE_TIMEOUT_MS) });
    const text = await this.#textOf(response);
    if (response.status === 200) return text;
    throw this.#refusal(response, parsed(text));
  }

  /** Lines as they come, without their ends. @throws {RemoteError} also in the middle */
  async *lines(path: string, signal: AbortSignal): AsyncGenerator<string> {
    const response = await this.#ask(path, { signal });
    if (response.status !== 200 || response.body === null) {
      throw this.#refusal(response, parsed(await this.#textOf(response)));
    }
    const decoder = new TextDecoder();
    let rest = "";
    try {
      for await (const chunk of response.body) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
        rest = lines.pop() ?? "";
        if (rest.length > REMOTE_LINE_CHARS_MAX) throw new RemoteError(`${this.where}: no Edge`);
        yield* lines;
      }
    } catch (error) {
      if (error instanceof RemoteError || signal.aborted || !isNetwork(error)) throw error;
      throw new RemoteError(`${this.where}: went away in the middle of its answer`);
    }
    if (rest !== "") yield rest;
  }

  async #ask(path: string, { method = "GET", signal }: Asking): Promise<Response> {
    const headers: Record<string, string> = { accept: "*/*" };
    if (this.#token !== undefined) headers["authorization"] = `Bearer ${this.#token}`;
    const unix = this.#unix === undefined ? {} : { unix: this.#unix };
    try {
      const init = {
        method,
        headers,
        signal: signal ?? null,
        redirect: "manual",
        ...unix,
      } as const;
      return await fetch(`${this.#base}${path}`, init);
    } catch (error) {
      if (signal?.aborted === true && !isTimeout(error)) throw error;
      throw this.#unreached(error);
    }
  }

  async #textOf(response: Response): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    try {
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk, { stream: true });
        if (text.length > REMOTE_ANSWER_CHARS_MAX) break;
      }
      return text;
    } catch (error) {
      if (isTimeout(error)) throw this.#unreached(error);
      throw new RemoteError(`${this.where}: went away in the middle of its answer`);
    }
  }

  #unreached(error: unknown): RemoteError {
    if (isTimeout(error)) {
      return new RemoteError(`${this.where}: no answer within ${REMOTE_TIMEOUT_MS / 1000} seconds`);
    }
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const cure = "is Edge running there? --url says where its pages are";
    return new RemoteError(printable(`${this.where}: cannot be reached (${code}); ${cure}`));
  }

  #refusal({ status }: Response, document: Document | undefined): RemoteError {
    if (status === 401) {
      const fault = this.#token === undefined ? "a token is needed" : "the token is wrong";
      const cure = `set ${TOKEN_VARIABLE} to the value of admin.token`;
      return new RemoteError(`${this.where}: ${fault}; ${cure}`, status);
    }
    const message = document?.["message"];
    if (document?.["error"] === "tap_disabled") {
      return new RemoteError(
        `${this.where}: taps are off; --switch-on has them on meanwhile`,
        status,
      );
    }
    if (typeof message === "string") {
      return new RemoteError(printable(`${this.where}: ${message}`), status);
    }
    const words = `status ${status} with something that Edge does not say; is it one?`;
    return new RemoteError(`${this.where}: answered ${words}`, status);
  }
}

/** @throws {UsageError} for what no header can carry */
function tokenOf(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  if (/^[!-~]+$/.test(text)) return text;
  throw new UsageError(`${TOKEN_VARIABLE}: is no token; it is printable ASCII without blanks.`);
}

/** Without the slash at its end. @throws {UsageError} */
function baseOf(given: string): string {
  const text = /^[/.]/.test(given)
    ? ""
    : /^[a-z][a-z0-9+.-]*:\/\//i.test(given)
      ? given
      : `http://${given}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === "") {
    const shown = JSON.stringify(redactUrl(given));
    throw new UsageError(`--url: ${shown} is no address; allowed: ${URL_FLAG.allowed}.`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

function parsed(text: string): Document | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isDocument = typeof value === "object" && value !== null && !Array.isArray(value);
    // JSON has string keys only.
    return isDocument ? (value as Document) : undefined;
  } catch {
    return undefined;
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === "TimeoutError";
}

/** A fault of the way there, and none of ours. */
function isNetwork(error: unknown): boolean {
  return error instanceof Error && ("code" in error || error.name === "TypeError");
}
