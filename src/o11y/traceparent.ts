// Reads the caller's position in a trace from the header `traceparent`, and prints ours for the
// next hop. Source: W3C Trace Context, section 3.2. It does not decide when a header is sent.

/** The position of a request in a trace. */
export interface TraceContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string;
  readonly sampled: boolean;
}

export const TRACEPARENT = "traceparent";

const VERSION_00 = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
/** Versions to come may add members behind a dash; the first four keep their positions. */
const LATER_VERSION = /^(?!ff|00)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;
const ZEROS = /^0+$/;

/** The context that a header says, or undefined when there is none or it is not valid. */
export function parseTraceparent(header: string | null): TraceContext | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  const [, traceId = "", spanId = "", flags = ""] =
    VERSION_00.exec(text) ?? LATER_VERSION.exec(text) ?? [];
  if (traceId === "" || ZEROS.test(traceId) || ZEROS.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** The header's value in version 00. */
export function formatTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
}
