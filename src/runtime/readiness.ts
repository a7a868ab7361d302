// When /_ready says yes: the socket is bound, the first policies are in force or are not waited for
// any longer, and the program is not stopping. It never waits for an upstream.

export class Readiness {
  #isBound = false;
  #isDraining = false;
  readonly #hasPolicies: () => boolean;

  constructor(hasPolicies: () => boolean) {
    this.#hasPolicies = hasPolicies;
  }

  get isReady(): boolean {
    return this.#isBound && !this.#isDraining && this.#hasPolicies();
  }

  /** The listening socket is there. */
  bound(): void {
    this.#isBound = true;
  }

  /** The program is stopping; there is no way back. */
  draining(): void {
    this.#isDraining = true;
  }
}
