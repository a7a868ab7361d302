// The outgoing side of a connection: bytes are written at once as far as the socket accepts them,
// and the rest is kept until it accepts more. Writers wait until nothing is kept, so there is never
// much of it.

type Out = Pick<Bun.Socket<unknown>, "write">;

/** Heads and small bodies are put together here, so that they leave in one write. */
const scratch = Buffer.allocUnsafe(64 * 1024);

export class Outlet {
  readonly #socket: Out;
  #unsent: Uint8Array[] = [];
  #whenEmpty: (() => void) | undefined;
  #isClosed = false;
  /** Grows with each byte that the socket takes. */
  sentBytes = 0;

  constructor(socket: Out) {
    this.#socket = socket;
  }

  /** Whether the socket accepted everything. */
  get isEmpty(): boolean {
    return this.#unsent.length === 0;
  }

  /** Writes text with one character per byte, and then the bytes and the end. */
  write(text: string, bytes: Uint8Array | undefined, end = ""): void {
    const length = text.length + (bytes?.length ?? 0) + end.length;
    if (length > scratch.length) {
      this.#put(Buffer.from(text, "latin1"));
      if (bytes !== undefined) this.#put(bytes);
      if (end !== "") this.#put(Buffer.from(end, "latin1"));
      return;
    }
    let at = scratch.write(text, 0, "latin1");
    if (bytes !== undefined) scratch.set(bytes, at);
    at += bytes?.length ?? 0;
    if (end !== "") at += scratch.write(end, at, "latin1");
    this.#putScratch(at);
  }

  /** The socket accepts more again. */
  drained(): void {
    for (let first = this.#unsent[0]; first !== undefined; first = this.#unsent[0]) {
      const sent = this.#send(first);
      if (sent < first.length) {
        this.#unsent[0] = first.subarray(sent);
        return;
      }
      this.#unsent.shift();
    }
    this.#wake();
  }

  /** Nothing more is sent. */
  close(): void {
    this.#isClosed = true;
    this.#unsent = [];
    this.#wake();
  }

  /** Calls `done` when the socket has accepted everything or is closed: at once, or later. */
  whenEmpty(done: () => void): void {
    if (this.#unsent.length === 0) done();
    else this.#whenEmpty = done;
  }

  #put(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    const sent = this.#unsent.length === 0 ? this.#send(bytes) : 0;
    if (sent === bytes.length) return;
    this.#unsent.push(bytes.subarray(sent));
  }

  #putScratch(length: number): void {
    if (this.#isClosed) return;
    const isFirst = this.#unsent.length === 0;
    const sent = isFirst ? Math.max(0, this.#socket.write(scratch, 0, length)) : 0;
    this.sentBytes += sent;
    if (sent < length) this.#unsent.push(new Uint8Array(scratch.subarray(sent, length)));
  }

  #send(bytes: Uint8Array): number {
    const sent = Math.max(0, this.#socket.write(bytes));
    this.sentBytes += sent;
    return sent;
  }

  #wake(): void {
    const done = this.#whenEmpty;
    this.#whenEmpty = undefined;
    done?.();
  }
}
