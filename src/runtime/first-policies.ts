// Watches over the first policies of each provider. Until all of them are in force it keeps the
// gates of the serving threads shut, logs this repeatedly, and decides whether the program is ready
// without them.

import type { BeforePolicies } from "../config/index.ts";
import { MISSING_POLICIES_REMINDER_MS } from "../core/limits.ts";
import type { EventBus } from "../o11y/event-bus.ts";
import { type Schedule, realSchedule } from "../system/timer.ts";
import type { GateState } from "../pipeline/policy-gate.ts";

/** A provider whose first policies are not in force. */
export interface MissingProvider {
  readonly id: string;
  readonly kind: string;
  /** Why its last look gave nothing; undefined when it has not ended. */
  readonly lastError: string | undefined;
}

export interface PolicySource {
  /** Resolves when the first policies of every provider are in force. */
  readonly whenComplete: Promise<void>;
  missing(): readonly MissingProvider[];
}

export interface FirstPoliciesOptions {
  readonly beforePolicies: BeforePolicies;
  /** How long providers may take. 0: they are not waited for. */
  readonly readyTimeoutMs: number;
  readonly bus: EventBus;
  /** Tells all threads that serve. */
  readonly show: (state: GateState) => void;
  readonly schedule?: Schedule;
}

export class FirstPolicies {
  readonly #options: FirstPoliciesOptions;
  readonly #schedule: Schedule;
  #source: PolicySource | undefined;
  #state: GateState = "open";
  #cancelTimer: () => void = () => undefined;

  constructor(options: FirstPoliciesOptions) {
    this.#options = options;
    this.#schedule = options.schedule ?? realSchedule;
  }

  /**
   * Whether the program is ready, as far as policies are concerned. A control plane that is away
   * must not keep an instance out for ever; a policy file that is missing or broken is the
   * instance's own fault, and unjudged telemetry is what an operator has to ask for.
   */
  get isReady(): boolean {
    if (this.#state !== "overdue") return this.#state === "open";
    switch (this.#options.beforePolicies) {
      case "pass":
        return true;
      case "refuse":
        return false;
      case "wait":
        return this.#source?.missing().every(({ kind }) => kind !== "file") ?? false;
    }
  }

  /** Shuts the gates and starts the providers' time; before anybody listens. */
  watch(source: PolicySource): void {
    this.#source = source;
    this.#show("shut");
    this.#cancelTimer = this.#schedule(this.#options.readyTimeoutMs, () => this.#overdue(source));
    void this.#open(source.whenComplete);
  }

  stop(): void {
    this.#cancelTimer();
  }

  async #open(complete: Promise<void>): Promise<void> {
    await complete;
    this.#cancelTimer();
    const late = this.#state === "overdue";
    this.#show("open");
    this.#options.bus.emit("policies.complete", { late });
  }

  #overdue(source: PolicySource): void {
    this.#show("overdue");
    this.#tell(source);
  }

  #tell(source: PolicySource): void {
    const missing = source.missing();
    this.#options.bus.emit("policies.missing", {
      providers: missing.map(({ id }) => id),
      reasons: missing.map(({ lastError }) => lastError ?? "no answer yet"),
      effect: EFFECTS[this.#options.beforePolicies],
      cure: "mend the providers, or choose another before_policies",
    });
    this.#cancelTimer = this.#schedule(MISSING_POLICIES_REMINDER_MS, () => this.#tell(source));
  }

  #show(state: GateState): void {
    this.#state = state;
    this.#options.show(state);
  }
}

const UNJUDGED = "telemetry passes without the policies of these providers";
const EFFECTS: Readonly<Record<BeforePolicies, string>> = {
  pass: UNJUDGED,
  wait: UNJUDGED,
  refuse: "telemetry is refused with 503",
};
