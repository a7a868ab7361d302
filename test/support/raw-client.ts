// A client that writes the bytes it is told to and shows what came back, byte for byte: for
// requests that no HTTP library would send.

import * as net from "node:net";
import * as tls from "node:tls";

/** How a connection ended: in order, with a reset, or not yet. */
export type End = "open" | "closed" | "reset";

/**
 * How long a test waits for what must come; only a test that fails waits this long. Less than a
 * test may take, so that it says what it saw.
 */
const WAIT_MS = 4000;

export interface RawResponse {
  readonly status: number;
  /** In order, names in lower case. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

export class RawClient {
  /** All that came, as Latin-1. */
  seen = "";
  end: End = "open";
  readonly socket: net.Socket;
  #answers = 0;
  #wake = (): void => undefined;

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on("data", (piece) => {
      this.seen += piece.toString("latin1");
      this.#wake();
    });
    socket.on("error", () => {
      this.end = "reset";
    });
    socket.on("close", () => {
      if (this.end === "open") this.end = "closed";
      this.#wake();
    });
  }

  static async connect(where: net.NetConnectOpts): Promise<RawClient> {
    const socket = net.connect(where);
    await opened(socket, "connect");
    return new RawClient(socket);
  }

  static async connectTls(where: tls.ConnectionOptions): Promise<RawClient> {
    const socket = tls.connect(where);
    await opened(socket, "secureConnect");
    return new RawClient(socket);
  }

  write(bytes: string | Uint8Array): this {
    this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    return this;
  }

  /** Resolves when the system took all that was written. */
  async flushed(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** Waits until `found` has an answer, or the connection has ended; then it is asked once more. */
  async until<T>(what: string, found: (seen: string) => T | undefined): Promise<T> {
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const value = found(this.seen);
      if (value !== undefined) return value;
      const leftMs = deadline - performance.now();
      if (this.end !== "open" || leftMs <= 0) {
        throw new Error(`no ${what}; ${this.end}, seen: ${JSON.stringify(this.seen)}`);
      }
      await this.#change(leftMs);
    }
  }

  /**
   * The next whole answer; its length must be said, or its chunks. Interim answers count, too. To a
   * HEAD it has no body, whatever it says.
   */
  async answer(to: "HEAD" | "others" = "others"): Promise<RawResponse> {
    const { answer, next } = await this.until("answer", (seen) =>
      readResponse(seen, this.#answers, to === "HEAD"),
    );
    this.#answers = next;
    return answer;
  }

  /** Waits for the end of the connection. */
  async ended(): Promise<End> {
    const deadline = performance.now() + WAIT_MS;
    while (this.end === "open") {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`still open, seen: ${JSON.stringify(this.seen)}`);
      await this.#change(leftMs);
    }
    return this.end;
  }

  close(): void {
    this.socket.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #change(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function opened(socket: net.Socket, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once(event, () => {
      socket.off("error", reject);
      resolve();
    });
  });
}

/**
 * The answer that begins at `from`, with all of its body, or undefined when it is not all there.
 */
function readResponse(
  seen: string,
  from: number,
  isBodiless: boolean,
): { answer: RawResponse; next: number } | undefined {
  const end = seen.indexOf("\r\n\r\n", from);
  if (end === -1) return undefined;
  const [first = "", ...lines] = seen.slice(from, end).split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const of = (name: string) => headers.find(([key]) => key === name)?.[1];
  const status = Number(first.split(" ")[1]);
  if (isBodiless) return { answer: { status, headers, body: "" }, next: end + 4 };
  if (of("transfer-encoding") === "chunked") {
    const chunks = readChunks(seen, end + 4);
    if (chunks === undefined) return undefined;
    return { answer: { status, headers, body: chunks.body }, next: chunks.next };
  }
  const next = end + 4 + Number(of("content-length") ?? 0);
  if (seen.length < next) return undefined;
  return { answer: { status, headers, body: seen.slice(end + 4, next) }, next };
}

function readChunks(seen: string, from: number): { body: string; next: number } | undefined {
  let body = "";
  for (let at = from; ;) {
    const lineEnd = seen.indexOf("\r\n", at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(seen.slice(at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (seen.length < next) return undefined;
    if (size === 0) return { body, next };
    body += seen.slice(lineEnd + 2, lineEnd + 2 + size);
    at = next;
  }
}
