// Short ways to write policies in tests and to say what they decode to.

import { AUTHORING, decodePolicy, WIRE } from "../../../src/policy/decode/index.ts";
import type { FieldName, Keep, Matcher, Policy, Scalar } from "../../../src/policy/model.ts";

type Tree = Readonly<Record<string, unknown>>;

/** What `policy` decodes to as a policy file writes it; `id` and `name` are filled in. */
export function authored(policy: Tree): Policy {
  return decodePolicy({ id: "p", name: "P", ...policy }, AUTHORING);
}

/** The same for a sync response. */
export function wired(policy: Tree): Policy {
  return decodePolicy({ id: "p", name: "P", enabled: true, ...policy }, WIRE);
}

export const BODY_EXISTS = { log_field: "body", exists: true } as const;

/** The decoded matcher of a log policy with just this one, which has no errors. */
export function logMatcher(matcher: Tree): Matcher {
  return soleMatcher(authored({ log: { match: [matcher] } }));
}

export function metricMatcher(matcher: Tree): Matcher {
  return soleMatcher(authored({ metric: { match: [matcher], keep: false } }));
}

export function traceMatcher(matcher: Tree): Matcher {
  return soleMatcher(authored({ trace: { match: [matcher], keep: { percentage: 1 } } }));
}

function soleMatcher(policy: Policy): Matcher {
  if (policy.errors.length > 0) throw new Error(policy.errors.join("\n"));
  return policy.target!.matchers[0]!;
}

/** The errors of a policy with this one matcher. */
export function matcherErrors(signal: "log" | "metric" | "trace", matcher: unknown) {
  const keep = { log: "all", metric: true, trace: { percentage: 1 } }[signal];
  return authored({ [signal]: { match: [matcher], keep } }).errors;
}

/** The keep of a log policy, or its errors. */
export function logKeep(keep: unknown): Keep | readonly string[] {
  const policy = authored({ log: { match: [BODY_EXISTS], keep } });
  return policy.errors.length > 0 ? policy.errors : policy.target!.keep;
}

/** The keep of a trace policy, or its errors. */
export function traceKeep(keep: unknown, decode = authored): Keep | readonly string[] {
  const policy = decode({ trace: { match: [{ trace_field: "name", exists: true }], keep } });
  return policy.errors.length > 0 ? policy.errors : policy.target!.keep;
}

export const field = (name: FieldName): Matcher["field"] => ({ kind: "field", field: name });
export const equalsText = (value: string) =>
  ({ op: "equals", value: { type: "string", value } }) as const;
export const equalsInt = (value: bigint) =>
  ({ op: "equals", value: { type: "int", value } }) as const;
export const equalsOf = (value: Scalar) => ({ op: "equals", value }) as const;
