// The requests that wait for an upstream, and their deadlines. One timer looks at all of them, and
// places are used again, so that a deadline costs the hot path next to nothing: no timer, no
// listener and no set entry per request.

/** What a flight waits for. `paused`: not for the upstream, so no deadline runs. */
export type FlightPhase = "first_byte" | "idle" | "paused";

/** By which an attempt is ended from outside. */
export interface Abortable {
  abort(reason: Error): void;
}

export class Flight {
  /** Grows with each use of the place; 0 while it is free. */
  number = 0;
  target: Abortable | undefined = undefined;
  /** The client's request; when its client goes away, so does the flight. */
  client: Request | undefined = undefined;
  /** Since when the phase lasts, on the table's clock. */
  sinceMs = 0;
  phase: FlightPhase = "first_byte";
  /** How many other flights there were when it began. */
  others = 0;
  /** Whether it is known that the upstream accepts connections. */
  isConnected = false;
  /** Whether it is known that the upstream does not. */
  isRefused = false;
  /** Whether the attempt was made on a connection that had been used before. */
  metPooled = false;
  /** Whether the answer can be handed on as it is: nothing more has to be watched. */
  isWhole = false;
  /** Whether its body is a stream that is still being sent. */
  isUploading = false;
  /** Next free place. */
  next: Flight | undefined = undefined;
}

export interface FlightTableDeps {
  readonly nowMs: () => number;
  /** Called for each waiting flight, every `sweepMs`, while there is one. */
  readonly look: (flight: Flight, nowMs: number) => void;
  readonly sweepMs: number;
}

export class FlightTable {
  readonly #deps: FlightTableDeps;
  readonly #places: Flight[] = [];
  #free: Flight | undefined;
  #active = 0;
  #count = 0;
  #timer: Timer | undefined;
  #sweptMs = 0;

  constructor(deps: FlightTableDeps) {
    this.#deps = deps;
  }

  get active(): number {
    return this.#active;
  }

  /** Starts one. Every flight must come back through `release`, once. */
  take(client: Request | undefined): Flight {
    let flight = this.#free;
    if (flight === undefined) {
      flight = new Flight();
      this.#places.push(flight);
    } else {
      this.#free = flight.next;
    }
    flight.number = ++this.#count;
    flight.client = client;
    flight.sinceMs = this.#deps.nowMs();
    flight.phase = "first_byte";
    flight.others = this.#active;
    flight.isConnected = false;
    flight.isRefused = false;
    flight.metPooled = false;
    flight.isWhole = false;
    flight.isUploading = false;
    this.#active++;
    if (this.#timer === undefined) this.#start();
    return flight;
  }

  /** Ends one; a second call does nothing. */
  release(flight: Flight): void {
    if (flight.number === 0) return;
    flight.number = 0;
    flight.target = undefined;
    flight.client = undefined;
    flight.next = this.#free;
    this.#free = flight;
    this.#active--;
  }

  forEach(visit: (flight: Flight) => void): void {
    for (const flight of this.#places) if (flight.number !== 0) visit(flight);
  }

  #start(): void {
    this.#sweptMs = this.#deps.nowMs();
    this.#timer = setInterval(() => this.sweep(), this.#deps.sweepMs);
    this.#timer.unref();
  }

  /** Looks at all; called by the timer, and by tests. */
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
    this.forEach((flight) => this.#deps.look(flight, nowMs));
  }

  /**
   * While this thread was busy it did not see what upstreams did: that time is not theirs, and what
   * they have done in it is seen before the next look.
   */
  #forgive(heldMs: number, nowMs: number): void {
    this.forEach((flight) => {
      flight.sinceMs = Math.min(nowMs, flight.sinceMs + heldMs);
    });
  }
}
