// The groups of matchers of a policy. A policy matches if all matchers of at least one group hold.
// All code that looks at matchers goes through these groups, so that none is overlooked. Pure.

import type { Matcher, Signal, Target } from "./model.ts";

/** Returns one or more groups. */
export function groupsOf(target: Target): readonly (readonly Matcher[])[] {
  const { matchers, otherGroups } = target;
  return otherGroups === undefined ? [matchers] : [matchers, ...otherGroups];
}

/** A matcher, and its place in its policy as errors name it: `match_group[1]: match[0]`. */
export interface PlacedMatcher {
  readonly matcher: Matcher;
  readonly place: string;
}

/** The matchers of all groups, in the order of the document. */
export function placedMatchers(target: Target): PlacedMatcher[] {
  return groupsOf(target).flatMap((group, g) =>
    group.map((matcher, at) => ({ matcher, place: matcherPlace(target, g, at) })),
  );
}

export function matcherPlace(target: Target, group: number, at: number): string {
  if (target.dialect === "otel") return `matches[${at}]`;
  return `${target.otherGroups === undefined ? "" : `match_group[${group}]: `}match[${at}]`;
}

const OTEL_PLACES = {
  log: "log_filter",
  metric: "metric_filter",
  trace: "trace_sampling",
} as const satisfies Record<Signal, string>;

/** The name of the policy's member that holds the target. */
export function targetPlace({ dialect, keep, signal }: Target): string {
  if (dialect === undefined) return signal;
  return keep.kind === "otel_pass" ? "log_transform" : OTEL_PLACES[signal];
}

/** The name of the policy's member that holds the transform. */
export function transformPlace(target: Target): string {
  const place = targetPlace(target);
  return target.dialect === undefined ? `${place}: transform` : place;
}

/** The matcher with this number among the matchers of all groups. */
export function matcherAt({ matchers, otherGroups = [] }: Target, at: number): Matcher | undefined {
  let rest = at;
  for (const group of [matchers, ...otherGroups]) {
    if (rest < group.length) return group[rest];
    rest -= group.length;
  }
  return undefined;
}

/** The name of the target's member that says whether matching records are kept. */
export function keepPlace({ keep: { kind } }: Target): string {
  if (kind === "otel_sample") return "sampling";
  return kind === "otel_drop" || kind === "otel_keep" ? "action" : "keep";
}
