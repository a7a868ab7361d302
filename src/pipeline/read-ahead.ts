// The server reads everything that has arrived on a connection before it turns to others. A second
// request in it, before the first is answered, ends the connection: by then nothing of the first
// may have been sent on.

import { ClientGoneError } from "./upstream-error.ts";

interface Waiter {
  readonly request: Request;
  readonly resolve: () => void;
  readonly reject: (error: ClientGoneError) => void;
}

export class ReadAhead {
  #waiting: Waiter[] = [];
  /** One turn of the event loop for all requests that wait. */
  readonly #turn = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { request, resolve, reject } of waiting) {
      if (request.signal.aborted) reject(new ClientGoneError());
      else resolve();
    }
  };

  /** Resolves when what has come has been read; rejects when the client is gone by then. */
  over(request: Request): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(this.#turn);
    });
  }
}
