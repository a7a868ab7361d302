// Decides when /_ready says yes: all parts of the program have started, the first policies are in
// force or are no longer waited for, and the program is not stopping. It never waits for an
// upstream.

import type { Component } from "./component.ts";

/** One of the last parts of a program: it starts behind the others, and drains before them. */
export class Readiness implements Component {
  #isStarted = false;
  #isDraining = false;
  readonly #hasPolicies: () => boolean;

  constructor(hasPolicies: () => boolean) {
    this.#hasPolicies = hasPolicies;
  }

  get isReady(): boolean {
    return this.#isStarted && !this.#isDraining && this.#hasPolicies();
  }

  start(): void {
    this.#isStarted = true;
  }

  /** Balancers stop sending while what was sent is still answered. There is no way back. */
  drain(): void {
    this.#isDraining = true;
  }
}
