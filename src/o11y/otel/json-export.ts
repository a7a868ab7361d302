// Posts what the program reports about itself as JSON to an OTLP/HTTP endpoint. It does not look at
// what it posts, and never retries.

import { redactUrl } from "../../core/redact.ts";
import { basicCredentials } from "../../system/basic-credentials.ts";

/** Our own exports go by this name, so that a proxy that they pass makes no spans of them. */
export const SELF_TRACES_AGENT = "edge-self-traces";

/** As much of `fetch` as exporting needs. */
export type ExportFetch = (url: string, init: RequestInit) => Promise<Response>;

export class JsonExport {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #fetch: ExportFetch;

  /** `url`: the whole one; its userinfo is sent as basic credentials. */
  constructor(url: string, send: ExportFetch = fetch) {
    const plain = new URL(url);
    const authorization = basicCredentials(plain);
    this.#headers = {
      "content-type": "application/json",
      "user-agent": SELF_TRACES_AGENT,
      ...(authorization === undefined ? {} : { authorization }),
    };
    plain.username = "";
    plain.password = "";
    this.#url = plain.href;
    this.#fetch = send;
  }

  /** Why it was not taken; undefined: it was. Never rejects. */
  async post(body: () => string, timeoutMs: number): Promise<string | undefined> {
    const send = this.#fetch;
    try {
      const response = await send(this.#url, {
        method: "POST",
        headers: this.#headers,
        body: body(),
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.body?.cancel();
      return response.ok ? undefined : `${redactUrl(this.#url)} answered ${response.status}`;
    } catch (error) {
      return `${redactUrl(this.#url)}: ${exportFailure(error, timeoutMs)}`;
    }
  }
}

/** A word for what went wrong: messages of fetch can hold the URL. */
function exportFailure(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return "failed";
  if (error.name === "TimeoutError") return `no answer within ${timeoutMs} ms`;
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
