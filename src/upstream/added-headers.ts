// Headers that Edge adds to a client's request to an upstream: who sends it, credentials unless the
// client has its own, that it came through here, and what the configuration asks for. They are
// added while the head is written, because setting them in the client's headers costs as much as
// the rest of the head.

import type { HeaderChange, HeaderChanges } from "./header-changes.ts";

export class AddedHeaders {
  readonly #own: {
    readonly userAgent: string;
    readonly authorization: string | undefined;
    readonly via: string | undefined;
  };
  readonly #changes: HeaderChanges | undefined;
  /** Header lines for a client that sends none of these headers, and their parts. */
  readonly #lines: {
    readonly userAgent: string;
    readonly authorization: string;
    readonly via: string;
  };

  constructor(
    userAgent: string,
    authorization: string | undefined,
    via: string | undefined,
    changes?: HeaderChanges,
  ) {
    this.#own = { userAgent, authorization, via };
    this.#changes = changes;
    this.#lines = {
      userAgent: line("user-agent", userAgent),
      authorization: line("authorization", authorization),
      via: line("via", via),
    };
  }

  /** All header lines of a head, each with its line end. */
  lines(headers: Headers): string {
    const changes = this.#changes;
    let { userAgent, authorization, via } = this.#lines;
    let lines = "";
    headers.forEach((value, name) => {
      if (changes?.of(name) !== undefined) return;
      switch (name) {
        case "user-agent":
          userAgent = "";
          break;
        case "authorization":
          authorization = "";
          break;
        case "via":
          if (this.#own.via === undefined) break;
          via = line(name, `${value}, ${this.#own.via}`);
          return;
      }
      lines += `${name}: ${value}\r\n`;
    });
    if (changes === undefined) return lines + userAgent + authorization + via;
    for (const change of changes.all) {
      const { name } = change;
      if (name === "user-agent") userAgent = "";
      else if (name === "authorization") authorization = "";
      lines += line(name, this.#changed(change, headers));
    }
    return lines + userAgent + authorization + via;
  }

  /** The same, for transports that take headers instead of text. */
  all(headers: Headers): Headers {
    const all = new Headers(headers);
    const { userAgent, authorization, via } = this.#own;
    const changes = this.#changes;
    for (const change of changes?.all ?? []) {
      const value = this.#changed(change, headers);
      if (value === undefined) all.delete(change.name);
      else all.set(change.name, value);
    }
    // A header that the rules change has been dealt with, even if nothing is left of it.
    const isFree = (name: string): boolean => !all.has(name) && changes?.of(name) === undefined;
    if (isFree("user-agent")) all.set("user-agent", userAgent);
    if (authorization !== undefined && isFree("authorization")) {
      all.set("authorization", authorization);
    }
    // Appended to what is there, as a list.
    if (via !== undefined) all.append("via", via);
    return all;
  }

  /** What is sent for a header; undefined: nothing. */
  #changed({ name, keepsOwn, suffix, otherwise }: HeaderChange, headers: Headers) {
    if (!keepsOwn) return otherwise;
    const own = headers.get(name);
    if (own !== null) return own + suffix;
    if (otherwise !== undefined) return otherwise;
    if (name === "user-agent") return this.#own.userAgent;
    return name === "authorization" ? this.#own.authorization : undefined;
  }
}

function line(name: string, value: string | undefined): string {
  return value === undefined ? "" : `${name}: ${value}\r\n`;
}
