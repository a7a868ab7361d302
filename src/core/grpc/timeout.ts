// The `grpc-timeout` of a call: up to eight digits and a unit.

const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 0.001,
  n: 0.000001,
};
const DIGITS_MAX = 99_999_999;

/** The timeout in milliseconds; undefined: the text is not a timeout. */
export function timeoutMsOf(text: string): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * (UNIT_MS[match[2] ?? ""] ?? 1);
}

/** Whole milliseconds, or seconds if there are too many of those; at least one millisecond. */
export function timeoutText(timeoutMs: number): string {
  const ms = Math.max(1, Math.floor(timeoutMs));
  return ms <= DIGITS_MAX ? `${ms}m` : `${Math.min(DIGITS_MAX, Math.floor(ms / 1000))}S`;
}
