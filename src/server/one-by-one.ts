// Lets the requests of one connection through one by one: the next one once the previous one has
// been answered. The server behind it closes a connection on which a second request arrives
// earlier.

import { ResponseReader } from "../upstream/http1/response-reader.ts";
import { RequestFramer } from "./request-framer.ts";

export class OneByOne {
  readonly #framer: RequestFramer;
  readonly #reader: ResponseReader;
  /** Whether a request has begun, and whether it has been answered. */
  #hasBegun = false;
  #isAnswered = false;
  /** Responses that cannot be framed have no end. */
  #isLost = false;

  constructor() {
    this.#reader = new ResponseReader({
      head: () => undefined,
      piece: () => undefined,
      end: () => (this.#isAnswered = true),
    });
    this.#framer = new RequestFramer((method) => {
      this.#hasBegun = true;
      this.#reader.begin(method);
    });
  }

  /** The end, in the client's `bytes`, of what may pass now. */
  pass(bytes: Buffer, start: number): number {
    if (this.#isLost) return bytes.length;
    if (!this.#framer.isWhole) return this.#framer.take(bytes, start);
    if (!this.#isAnswered) return start;
    this.#hasBegun = false;
    this.#isAnswered = false;
    return this.#framer.take(bytes, start);
  }

  /** Reads the server's bytes; whether they ended a response. */
  answered(bytes: Buffer): boolean {
    if (!this.#hasBegun || this.#isAnswered || !this.#framer.isFraming) return false;
    try {
      this.#reader.feed(bytes);
    } catch {
      this.#isLost = true;
      return true;
    }
    return this.#isAnswered;
  }
}
