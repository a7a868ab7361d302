// Tells upstreams that a request came through here, and so recognizes a request that comes back
// (RFC 9110 section 7.6.3). Each start of the program has its own name, so that several instances
// can be chained.

/** A name that no other instance has. */
export function newPseudonym(): string {
  return `edge-${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
}

/** The name of this program in `Via`, by which it recognizes requests that come back to it. */
export class Via {
  /** What is appended for this instance to a Via header. */
  readonly entry: string;
  readonly #pseudonym: string;

  constructor(pseudonym: string) {
    this.#pseudonym = pseudonym;
    this.entry = `1.1 ${pseudonym}`;
  }

  /** Whether the request has been sent on from here before. */
  hasPassed(headers: Headers): boolean {
    return headers.get("via")?.includes(this.#pseudonym) === true;
  }
}
