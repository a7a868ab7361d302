// How long to wait before something that failed is retried: pure arithmetic, with randomness passed
// in. Also reads how long an HTTP response asks to wait.

export interface BackOff {
  /** Wait after the first failure, before a random part is taken off. It doubles each time. */
  readonly firstMs: number;
  readonly ceilingMs: number;
  /** The most that another side may ask for. */
  readonly askedMsMax: number;
}

/**
 * Wait after the `failures`-th failure in a row (from 1), in milliseconds: doubling, up to the
 * ceiling, and a random half of it off. `askedMs`: what the other side asked for, if it did; it is
 * waited for at least that long. `random`: from 0 to 1.
 */
export function backOffMs(
  { askedMsMax, ceilingMs, firstMs }: BackOff,
  failures: number,
  askedMs: number,
  random: number,
): number {
  const plainMs = Math.min(ceilingMs, firstMs * 2 ** Math.min(failures - 1, 30));
  const waitMs = Math.round(plainMs * (1 - random / 2));
  return Math.max(waitMs, Math.min(askedMs, askedMsMax));
}

/**
 * What `Retry-After` asks for, in milliseconds: seconds or a date (RFC 9110 section 10.2.3); 0 for
 * a time that has passed, and for nonsense. A date is held against the response's own, so that the
 * clocks of two machines need not agree.
 */
export function retryAfterMs(headers: Headers, nowMs: () => number = Date.now): number {
  const text = headers.get("retry-after") ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!HTTP_DATE.test(text)) return 0;
  const sent = Date.parse(headers.get("date") ?? "");
  const waitMs = Date.parse(text) - (Number.isNaN(sent) ? nowMs() : sent);
  return waitMs > 0 ? waitMs : 0;
}

/** The one form that is still sent; `Date.parse` alone reads almost anything. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
