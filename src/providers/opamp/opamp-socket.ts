// One WebSocket to an OpAMP server: messages in both directions, each behind a header, and one end
// with one reason. Must not know what is in messages, nor when to connect.

import { retryAfterMs } from "../../system/back-off.ts";
import { redactUrl } from "../../core/redact.ts";
import type { HeaderField } from "../../config/model.ts";
import { requestTarget, statusReason, SyncError } from "../http/sync-exchange.ts";

export interface SocketEvents {
  opened(): void;
  message(bytes: Uint8Array): void;
  /** The server lives, and has taken what was sent before this ping. */
  pong(ping: string): void;
  /** Once, and nothing after it; `error`: why, undefined when this side ended it. */
  ended(error: SyncError | undefined): void;
}

/** Of each message, before any protobuf: a number of which only 0 is known. */
const HEADER = 0;
const STATUS_NORMAL = 1000;

export class OpampSocket {
  readonly #socket: WebSocket;
  readonly #events: SocketEvents;
  readonly #url: string;
  readonly #bytesMax: number;
  #refusal: SyncError | undefined;
  #reason: SyncError | undefined;
  #isOurs = false;
  #hasEnded = false;

  constructor(
    url: string,
    headers: readonly HeaderField[],
    bytesMax: number,
    events: SocketEvents,
  ) {
    const target = requestTarget(url, headers);
    this.#url = redactUrl(url);
    this.#bytesMax = bytesMax;
    this.#events = events;
    // Compressed messages could be any size when they are not.
    const options = { headers: Object.fromEntries(target.headers), perMessageDeflate: false };
    this.#socket = new WebSocket(target.url, options);
    this.#socket.binaryType = "arraybuffer";
    this.#listen();
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  send(message: Uint8Array): void {
    const framed = new Uint8Array(1 + message.length);
    framed[0] = HEADER;
    framed.set(message, 1);
    // What is asked for and never read would pile up here.
    if (this.#socket.bufferedAmount > this.#bytesMax) {
      this.fail("the server does not read what it is told; check the control plane");
    } else this.#socket.send(framed);
  }

  ping(name: string): void {
    this.#socket.ping(name);
  }

  /** Says goodbye; `ended` comes when the server has said so as well. */
  close(): void {
    this.#isOurs = true;
    this.#socket.close(STATUS_NORMAL);
  }

  /** Ends it now. */
  fail(reason: string | SyncError): void {
    if (this.#hasEnded) return;
    this.#reason = typeof reason === "string" ? new SyncError(reason) : reason;
    this.#socket.terminate();
    // A socket that is not open yet may take its time.
    this.#end();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.addEventListener("open", () => {
      if (!this.#hasEnded) this.#events.opened();
    });
    socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => this.#take(data));
    socket.addEventListener("pong", ({ data }: MessageEvent<unknown>) => {
      const name = data instanceof ArrayBuffer ? new TextDecoder().decode(data) : "";
      if (!this.#hasEnded) this.#events.pong(name);
    });
    // The runtime's own: the response to the upgrade, before "error" when it is no 101.
    socket.addEventListener("handshake", (event: Event) => {
      this.#refusal = refusalOf("data" in event ? event.data : undefined);
    });
    socket.addEventListener("error", (event) => {
      this.#reason ??= this.#refusal ?? new SyncError(this.#unreachable(event));
    });
    socket.addEventListener("close", ({ code }) => {
      this.#reason ??= new SyncError(`${this.#url}: the connection was closed (code ${code})`);
      this.#end();
    });
  }

  #take(data: unknown): void {
    if (this.#hasEnded || this.#isOurs) return;
    if (!(data instanceof ArrayBuffer)) {
      this.fail("the server sent text, where OpAMP has messages in protobuf; check the url");
    } else if (data.byteLength > this.#bytesMax) {
      this.fail(
        `the message is larger than ${this.#bytesMax} bytes, which is the most that is read`,
      );
    } else this.#events.message(withoutHeader(new Uint8Array(data)));
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#events.ended(this.#isOurs ? undefined : this.#reason);
  }

  #unreachable(event: Event): string {
    const text = "message" in event && typeof event.message === "string" ? event.message : "";
    // Behind what repeats the URL, which may hold a secret.
    const cause = text.slice(
      text.lastIndexOf("failed: ") + 1 ? text.lastIndexOf("failed: ") + 8 : 0,
    );
    const said = cause === "" ? "" : ` (${cause})`;
    return `${this.#url}: cannot be reached${said}; check the provider's url, the network and certificates`;
  }
}

/** Servers of the first days sent none; a message of theirs never begins with 0. */
function withoutHeader(bytes: Uint8Array): Uint8Array {
  return bytes[0] === HEADER ? bytes.subarray(1) : bytes;
}

/** Why the upgrade was refused; undefined: it was not, or that is not known. */
function refusalOf(response: unknown): SyncError | undefined {
  if (typeof response !== "object" || response === null) return undefined;
  if (!("statusCode" in response && typeof response.statusCode === "number")) return undefined;
  if (response.statusCode === 101) return undefined;
  const raw: readonly unknown[] =
    "rawHeaders" in response && Array.isArray(response.rawHeaders) ? response.rawHeaders : [];
  const headers = new Headers();
  for (let i = 0; i + 1 < raw.length; i += 2) headers.append(String(raw[i]), String(raw[i + 1]));
  return new SyncError(statusReason(response.statusCode, 101), retryAfterMs(headers));
}
