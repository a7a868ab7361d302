// The server reads all that has come of a connection before it turns to others. A second request in
// it, before the first is answered, ends the connection: nothing of the first must have left then.

import { ClientGoneError } from "./upstream-error.ts";

/** Within so many turns of the loop it is known; TLS ends its connections late. */
const TURNS = 1;
const TLS_TURNS = 4;

export class ReadAhead {
  #turn: Promise<void> | undefined;

  /** Resolves when what has come has been read; rejects when the client is gone by then. */
  async over({ signal, url }: Request): Promise<void> {
    const turns = url.startsWith("https:") ? TLS_TURNS : TURNS;
    for (let turn = 0; turn < turns && !signal.aborted; turn++) await this.#nextTurn();
    if (signal.aborted) throw new ClientGoneError();
  }

  /** One for all that wait. */
  #nextTurn(): Promise<void> {
    this.#turn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#turn = undefined;
        resolve();
      });
    });
    return this.#turn;
  }
}
