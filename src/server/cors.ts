// Cross-origin requests from browsers (Fetch standard, "CORS protocol"): answers preflights, and
// lets pages of the configured origins read responses. Knows nothing of routes.

import type { CorsConfig } from "../config/index.ts";

/** Request headers that pages may always send, besides those that the configuration names. */
const HEADERS_ALWAYS = ["accept", "content-type", "origin", "x-requested-with"];
const METHODS = ["GET", "HEAD", "POST"];
const PREFLIGHT_VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/** Which browser pages may send requests and read responses, as the configuration says. */
export class Cors {
  readonly #isAnyOrigin: boolean;
  readonly #origins: readonly RegExp[];
  readonly #isAnyHeader: boolean;
  readonly #headers: ReadonlySet<string>;
  readonly #maxAgeS: number;

  constructor({ allowedOrigins, allowedHeaders, maxAgeS }: CorsConfig) {
    this.#isAnyOrigin = allowedOrigins.includes("*");
    this.#origins = allowedOrigins.map(patternOf);
    this.#isAnyHeader = allowedHeaders.includes("*");
    const named = allowedHeaders.map((name) => name.toLowerCase());
    this.#headers = new Set([...HEADERS_ALWAYS, ...named]);
    this.#maxAgeS = maxAgeS;
  }

  /** The response to a preflight; undefined if the request is not one. */
  preflight({ method, headers }: Request): Response | undefined {
    if (method !== "OPTIONS") return undefined;
    const origin = headers.get("origin");
    const asked = headers.get("access-control-request-method");
    if (origin === null || asked === null) return undefined;
    const response = new Headers({ vary: PREFLIGHT_VARY });
    const names = headers.get("access-control-request-headers") ?? "";
    if (this.#isAllowed(origin) && METHODS.includes(asked) && this.#areAllowed(names)) {
      this.#allow(response, origin);
      response.set("access-control-allow-methods", asked);
      if (names !== "") response.set("access-control-allow-headers", names);
      if (this.#maxAgeS > 0) response.set("access-control-max-age", String(this.#maxAgeS));
    }
    return new Response(null, { status: 204, headers: response });
  }

  /**
   * Allows the page that sent the request to read the response, if its origin is allowed. If the
   * upstream has already said who may read its response, that is left as it is.
   */
  open(response: Headers, origin: string | null): void {
    if (response.has("access-control-allow-origin")) return;
    if (!this.#isAnyOrigin) varyByOrigin(response);
    if (origin !== null && this.#isAllowed(origin)) this.#allow(response, origin);
  }

  #allow(response: Headers, origin: string): void {
    // Any origin means that there are no credentials: no browser accepts both.
    response.set("access-control-allow-origin", this.#isAnyOrigin ? "*" : origin);
    // Browsers send beacons with cookies, and drop the response without this header.
    if (!this.#isAnyOrigin) response.set("access-control-allow-credentials", "true");
  }

  #isAllowed(origin: string): boolean {
    return this.#isAnyOrigin || this.#origins.some((pattern) => pattern.test(origin));
  }

  #areAllowed(names: string): boolean {
    if (this.#isAnyHeader || names === "") return true;
    return names.split(",").every((name) => this.#headers.has(name.trim().toLowerCase()));
  }
}

/**
 * `*` stands for any part of a host name and, as the port, for every port that is written; case is
 * ignored. Browsers do not write a scheme's default port, and write hosts in ASCII.
 */
function patternOf(allowed: string): RegExp {
  const origin = allowed.includes("*") ? undefined : URL.parse(allowed)?.origin;
  const written = origin === undefined || origin === "null" ? allowed : origin;
  const isAnyPort = written.endsWith(":*");
  const host = (isAnyPort ? written.slice(0, -2) : written)
    .replace(/^(https:.*):443$/i, "$1")
    .replace(/^(http:.*):80$/i, "$1");
  const parts = host.split("*").map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join("[^/@\\s]*")}${isAnyPort ? ":[0-9]+" : ""}$`, "i");
}

/** Caches must not give one origin's response to another. */
function varyByOrigin(response: Headers): void {
  const vary = response.get("vary");
  if (vary === null) response.set("vary", "Origin");
  else if (!/(?:^|,)\s*(?:origin|\*)\s*(?:,|$)/i.test(vary))
    response.set("vary", `${vary}, Origin`);
}
