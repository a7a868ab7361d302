// Sends requests to the Edge that the page came from. The token is kept in this tab's session
// storage and sent as a header that no other site can make a browser send; neither it nor payloads
// are ever part of a URL.

import type { Answer } from "./model/answer.ts";

const TOKEN = "edge.admin.token";
const FORM = "application/x-www-form-urlencoded";
const SECONDS_MAX = 10;

export class Api {
  /** Told when a token is asked for that is not there, or is not right any more. */
  locked: () => void = () => undefined;

  get hasToken(): boolean {
    return sessionStorage.getItem(TOKEN) !== null;
  }

  keepToken(token: string): void {
    sessionStorage.setItem(TOKEN, token);
  }

  forgetToken(): void {
    sessionStorage.removeItem(TOKEN);
  }

  /** `path` below /_edge/. */
  async get<T>(path: string): Promise<Answer<T>> {
    return this.#ask(path, {});
  }

  async text(path: string): Promise<Answer<string>> {
    const asked = await this.#fetch(path, {}, AbortSignal.timeout(SECONDS_MAX * 1000));
    if (!(asked instanceof Response)) return asked;
    return asked.ok ? { kind: "ok", data: await asked.text() } : refusalOf(asked);
  }

  async post<T>(path: string, body = "", type = FORM): Promise<Answer<T>> {
    return this.#ask(path, { method: "POST", body, headers: { "content-type": type } });
  }

  /** A stream of text, until it ends or is aborted. */
  async stream(
    path: string,
    form: URLSearchParams,
    take: (text: string) => void,
    signal: AbortSignal,
  ): Promise<Answer<undefined>> {
    // What is searched for is a payload: it is in the body.
    const init = { method: "POST", body: form.toString(), headers: { "content-type": FORM } };
    const asked = await this.#fetch(path, init, signal);
    if (!(asked instanceof Response)) return asked;
    if (!asked.ok || asked.body === null) return refusalOf(asked);
    const reader = asked.body.pipeThrough(new TextDecoderStream()).getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return { kind: "ok", data: undefined };
        take(value);
      }
    } catch {
      return signal.aborted ? { kind: "ok", data: undefined } : { kind: "unreachable" };
    }
  }

  async #ask<T>(path: string, init: RequestInit): Promise<Answer<T>> {
    const asked = await this.#fetch(path, init, AbortSignal.timeout(SECONDS_MAX * 1000));
    if (!(asked instanceof Response)) return asked;
    if (!asked.ok) return refusalOf(asked);
    try {
      // The pages' own documents: model/pages.ts.
      return { kind: "ok", data: (await asked.json()) as T };
    } catch {
      return { kind: "unreachable" };
    }
  }

  async #fetch(
    path: string,
    init: RequestInit,
    signal: AbortSignal,
  ): Promise<Response | Exclude<Answer<never>, { kind: "ok" }>> {
    const token = sessionStorage.getItem(TOKEN);
    const headers = new Headers(init.headers);
    if (token !== null) headers.set("authorization", `Bearer ${token}`);
    try {
      const options = { ...init, headers, signal, credentials: "omit", cache: "no-store" } as const;
      const response = await fetch(`/_edge/${path}`, options);
      if (response.status !== 401) return response;
    } catch {
      return { kind: "unreachable" };
    }
    // Of a question that was asked before the token was known, the answer says nothing of it.
    if (sessionStorage.getItem(TOKEN) === token) {
      this.forgetToken();
      this.locked();
    }
    return { kind: "locked" };
  }
}

/** Pages say what is wrong as JSON; one that is not there says `not_found`. */
async function refusalOf(response: Response): Promise<Exclude<Answer<never>, { kind: "ok" }>> {
  let said: { readonly error?: string; readonly message?: string } = {};
  try {
    said = (await response.json()) as typeof said;
  } catch {
    // Not from Edge itself.
  }
  const { error: code = "error", message = `status ${response.status}` } = said;
  if (response.status === 404 && code === "not_found") return { kind: "absent" };
  return { kind: "refused", code, message };
}
