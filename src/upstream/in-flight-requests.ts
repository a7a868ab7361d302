// The requests that wait for an upstream, and their deadlines. One timer checks all of them, and
// entries are reused, so a deadline costs the hot path next to nothing: no timer, no listener and
// no set entry per request.

/** What a request waits for. `paused`: it does not wait for the upstream, so no deadline runs. */
export type InFlightPhase = "first_byte" | "idle" | "paused";

/** Lets an attempt be ended from outside. */
export interface Abortable {
  abort(reason: Error): void;
}

export class InFlightRequest {
  /** Grows with each use of the entry; 0 while it is free. */
  number = 0;
  target: Abortable | undefined = undefined;
  /** The client's request; if its client goes away, the attempt ends. */
  client: Request | undefined = undefined;
  /** When the phase began, on the table's clock. */
  sinceMs = 0;
  phase: InFlightPhase = "first_byte";
  /** How many other requests were in flight when it began. */
  others = 0;
  /** Whether the upstream is known to accept connections. */
  isConnected = false;
  /** Whether the upstream is known not to accept connections. */
  isRefused = false;
  /** Whether the attempt was made on a connection that had been used before. */
  metPooled = false;
  /** Whether the response can be handed on as it is, so that nothing more has to be watched. */
  isWhole = false;
  /** Whether its body is a stream that is still being sent. */
  isUploading = false;
  /** The next free entry. */
  next: InFlightRequest | undefined = undefined;
}

export interface InFlightDeps {
  readonly nowMs: () => number;
  /** Called for each waiting request, every `sweepMs`, as long as there is one. */
  readonly look: (inFlight: InFlightRequest, nowMs: number) => void;
  readonly sweepMs: number;
}

export class InFlightRequests {
  readonly #deps: InFlightDeps;
  readonly #entries: InFlightRequest[] = [];
  #free: InFlightRequest | undefined;
  #active = 0;
  #count = 0;
  #timer: Timer | undefined;
  #sweptMs = 0;

  constructor(deps: InFlightDeps) {
    this.#deps = deps;
  }

  get active(): number {
    return this.#active;
  }

  /** Starts a request. Each entry must come back through `release`, once. */
  take(client: Request | undefined): InFlightRequest {
    let inFlight = this.#free;
    if (inFlight === undefined) {
      inFlight = new InFlightRequest();
      this.#entries.push(inFlight);
    } else {
      this.#free = inFlight.next;
    }
    inFlight.number = ++this.#count;
    inFlight.client = client;
    inFlight.sinceMs = this.#deps.nowMs();
    inFlight.phase = "first_byte";
    inFlight.others = this.#active;
    inFlight.isConnected = false;
    inFlight.isRefused = false;
    inFlight.metPooled = false;
    inFlight.isWhole = false;
    inFlight.isUploading = false;
    this.#active++;
    if (this.#timer === undefined) this.#start();
    return inFlight;
  }

  /** Ends a request; a second call does nothing. */
  release(inFlight: InFlightRequest): void {
    if (inFlight.number === 0) return;
    inFlight.number = 0;
    inFlight.target = undefined;
    inFlight.client = undefined;
    inFlight.next = this.#free;
    this.#free = inFlight;
    this.#active--;
  }

  forEach(visit: (inFlight: InFlightRequest) => void): void {
    for (const inFlight of this.#entries) if (inFlight.number !== 0) visit(inFlight);
  }

  #start(): void {
    this.#sweptMs = this.#deps.nowMs();
    this.#timer = setInterval(() => this.sweep(), this.#deps.sweepMs);
    this.#timer.unref();
  }

  /** Checks all requests; called by the timer, and by tests. */
  sweep(): void {
    if (this.#active === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const nowMs = this.#deps.nowMs();
    const heldMs = nowMs - this.#sweptMs - this.#deps.sweepMs;
    this.#sweptMs = nowMs;
    if (heldMs > this.#deps.sweepMs) this.#forgive(heldMs, nowMs);
    this.forEach((inFlight) => this.#deps.look(inFlight, nowMs));
  }

  /**
   * While this thread was busy, it did not see what upstreams did: that time is not counted against
   * them, and what they did in it is read before the next check.
   */
  #forgive(heldMs: number, nowMs: number): void {
    this.forEach((inFlight) => {
      inFlight.sinceMs = Math.min(nowMs, inFlight.sinceMs + heldMs);
    });
  }
}
