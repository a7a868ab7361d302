// Holds requests that policies could judge until the first policies are in force, as the setting
// `before_policies` says. Each serving thread has its own gate. Meanwhile, bodies stay with their
// clients.

import type { BeforePolicies } from "../config/index.ts";
import { ClientGoneError } from "./upstream-error.ts";

/**
 * Whether requests wait for the first policies. `overdue`: a provider gave none within
 * `ready_timeout_ms`.
 */
export type GateState = "shut" | "open" | "overdue";

/** The request is neither judged nor sent on: its client is to send it again. */
export class PoliciesMissingError extends Error {
  readonly code = "policies_not_ready";
  constructor(reason: string) {
    super(reason);
    this.name = "PoliciesMissingError";
  }
}

/** Holds requests until the first policies are in force. */
export class PolicyGate {
  readonly #mode: BeforePolicies;
  /** Open until `FirstPolicies.watch` waits for policies. */
  #state: GateState = "open";
  #isStopping = false;
  readonly #waiting = new Set<() => void>();

  constructor(mode: BeforePolicies) {
    this.#mode = mode;
  }

  /** Every provider has given its first policies. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  show(state: GateState): void {
    this.#state = state;
    this.#wake();
  }

  /**
   * To be called when the program stops: requests that wait, and those that come now, are told to
   * come again.
   */
  stop(): void {
    this.#isStopping = true;
    this.#wake();
  }

  /**
   * Resolves when the request may continue: to true with the first policies in force, to false
   * without them. Rejects with PoliciesMissingError, or if the client has gone.
   */
  async enter(client: AbortSignal): Promise<boolean> {
    if (this.#mode === "wait") await this.#wait(client);
    if (this.isOpen) return true;
    if (this.#mode === "refuse") {
      throw new PoliciesMissingError(
        "not every provider has given its first policies yet (before_policies is refuse)",
      );
    }
    if (this.#mode === "wait" && this.#state === "shut") {
      throw new PoliciesMissingError("the proxy stops before the first policies are in force");
    }
    return false;
  }

  async #wait(client: AbortSignal): Promise<void> {
    const gone = (): void => this.#wake();
    client.addEventListener("abort", gone);
    try {
      while (this.#state === "shut" && !this.#isStopping) {
        if (client.aborted) throw new ClientGoneError();
        await new Promise<void>((resolve) => void this.#waiting.add(resolve));
      }
    } finally {
      client.removeEventListener("abort", gone);
    }
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
