// The server reads all that has come of a connection before it turns to others. A second request in
// it, before the first is answered, ends the connection: nothing of the first must have left then.

import { ClientGoneError } from "./upstream-error.ts";

export class ReadAhead {
  #over: Promise<void> | undefined;

  /** Resolves when what has come has been read; rejects when the client is gone by then. */
  async over({ signal }: Request): Promise<void> {
    this.#over ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#over = undefined;
        resolve();
      });
    });
    await this.#over;
    if (signal.aborted) throw new ClientGoneError();
  }
}
