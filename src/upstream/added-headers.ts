// Headers that Edge adds to a client's request to an upstream: who sends it, credentials unless the
// client has its own, and that it came through here. They are added while the head is written,
// because setting them in the client's headers costs as much as the rest of the head.

export class AddedHeaders {
  readonly #userAgent: string;
  readonly #authorization: string | undefined;
  readonly #via: string | undefined;
  /** Header lines for a client that sends none of them, and their parts. */
  readonly #lines: {
    readonly userAgent: string;
    readonly authorization: string;
    readonly via: string;
  };

  constructor(userAgent: string, authorization: string | undefined, via: string | undefined) {
    this.#userAgent = userAgent;
    this.#authorization = authorization;
    this.#via = via;
    this.#lines = {
      userAgent: line("user-agent", userAgent),
      authorization: line("authorization", authorization),
      via: line("via", via),
    };
  }

  /** All lines of a head, each with its end. */
  lines(headers: Headers): string {
    let { userAgent, authorization, via } = this.#lines;
    let lines = "";
    headers.forEach((value, name) => {
      switch (name) {
        case "user-agent":
          userAgent = "";
          break;
        case "authorization":
          authorization = "";
          break;
        case "via":
          if (this.#via === undefined) break;
          via = line(name, `${value}, ${this.#via}`);
          return;
      }
      lines += `${name}: ${value}\r\n`;
    });
    return lines + userAgent + authorization + via;
  }

  /** The same for transports that take headers instead of text. */
  all(headers: Headers): Headers {
    const all = new Headers(headers);
    if (!all.has("user-agent")) all.set("user-agent", this.#userAgent);
    if (this.#authorization !== undefined && !all.has("authorization")) {
      all.set("authorization", this.#authorization);
    }
    // Appended to what is there, as a list.
    if (this.#via !== undefined) all.append("via", this.#via);
    return all;
  }
}

function line(name: string, value: string | undefined): string {
  return value === undefined ? "" : `${name}: ${value}\r\n`;
}
