// When waiting data is sent: the values of TERO_FLUSH_STRATEGY.

export type FlushStrategy =
  /** At each invocation; it ends no sooner than that. */
  | { readonly kind: "end" }
  /** At each invocation, beside it; a freeze may come between. */
  | { readonly kind: "background" }
  /** As `end`, but at most so often. */
  | { readonly kind: "periodic"; readonly intervalMs: number };

const PERIODIC = /^periodic:([1-9]\d{0,8})$/;

/** Undefined: there is none. */
export function flushStrategyFault(text: string): string | undefined {
  const word = text.toLowerCase();
  return word === "end" || word === "background" || PERIODIC.test(word)
    ? undefined
    : "is not known";
}

/** Of a text without a fault. */
export function parseFlushStrategy(text: string): FlushStrategy {
  const word = text.toLowerCase();
  const interval = PERIODIC.exec(word)?.[1];
  if (interval !== undefined) return { kind: "periodic", intervalMs: Number(interval) };
  return { kind: word === "background" ? "background" : "end" };
}
