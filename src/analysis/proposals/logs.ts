// Proposals for logs: a service's debug output, and patterns that make up a large share of all
// bytes. Records of WARN and above, or of unknown severity, are never proposed unless that is asked
// for.

import { isMatchable } from "../shown-name.ts";
import type { LogGroup, LogPattern, LogSketch } from "../logs/log-sketch.ts";
import { isBelowInfo, isBelowWarn, numbersOf, severityLabel } from "../logs/severity.ts";
import { literalsIn, templateRegex, templateText } from "../logs/template-text.ts";
import type { Counted } from "../tally.ts";
import { authored, serviceMatcher } from "./authoring.ts";
import type { AuthoredMatcher, Proposal, ProposalOptions } from "./proposal.ts";
import { isHealthCheck } from "./health.ts";
import { during, keptShare, percentOf, savingOf, summed } from "./saving.ts";

/** Shares of the bytes of all logs below which nothing is proposed. */
const GROUP_SHARE_MIN = 0.05;
const PATTERN_SHARE_MIN = 0.01;
/** Words that a pattern has to have, or it could be anything. */
const LITERALS_MIN = 2;
const EXAMPLES_MAX = 3;
/** Of what is not for debugging, so much is enough to see what goes on. */
const KEPT_OF_PATTERNS = 0.1;
const KEPT_OF_HEALTH_CHECKS = 0.01;

export function proposeForLogs(logs: LogSketch, options: ProposalOptions): readonly Proposal[] {
  const { total } = logs;
  const patterns = [...logs.patterns()].toSorted((a, b) => b.bytes - a.bytes);
  const groups = [...logs.groups()].filter(
    (group) =>
      isBelowInfo(group.severity) &&
      isMatchable(group.service) &&
      group.bytes >= GROUP_SHARE_MIN * total.bytes,
  );
  const isCovered = (pattern: LogGroup): boolean => groups.some((group) => isSame(group, pattern));
  const single = patterns.filter(
    (pattern) =>
      !isCovered(pattern) &&
      (options.withErrors || isBelowWarn(pattern.severity)) &&
      isMatchable(pattern.service) &&
      isMatchable(pattern.severity.text) &&
      literalsIn(pattern.words) >= LITERALS_MIN &&
      pattern.bytes - pattern.bytesError >= PATTERN_SHARE_MIN * total.bytes,
  );
  return [
    ...groups.map((group) => ofGroup(group, patterns, total, options)),
    ...single.map((pattern) => ofPattern(pattern, patterns, total, options)),
  ];
}

function isSame(a: LogGroup, b: LogGroup): boolean {
  const [one, other] = [a.severity, b.severity];
  return a.service === b.service && one.band === other.band && one.text === other.text;
}

function ofGroup(
  group: LogGroup & Counted,
  patterns: readonly LogPattern[],
  total: Counted,
  { seconds }: ProposalOptions,
): Proposal {
  const who = nameOf(group.service);
  const label = severityLabel(group.severity);
  const saving = savingOf(group, 0);
  const own = patterns.filter((pattern) => isSame(group, pattern)).slice(0, EXAMPLES_MAX);
  const reason = `${label} logs of ${who}: ${percentOf(saving.bytes, total.bytes)} of bytes${during(seconds)}`;
  return {
    kind: "log_severity",
    signal: "log",
    reason,
    saving,
    examples: own.map(({ words, isCut }) => templateText(words, isCut)),
    policy: authored(
      "log",
      `${group.service} ${label}`,
      { name: `Drop ${label} logs of ${who}`, description: reason },
      { match: groupMatchers(group), keep: "none" },
    ),
  };
}

function ofPattern(
  pattern: LogPattern,
  patterns: readonly LogPattern[],
  total: Counted,
  { seconds }: ProposalOptions,
): Proposal {
  const { words, isCut, service, severity } = pattern;
  const text = templateText(words, isCut);
  const isHealth = isHealthCheck(text);
  const label = severityLabel(severity) || "Unlabelled";
  const isDropped = isBelowInfo(severity);
  const kept = isDropped ? 0 : isHealth ? KEPT_OF_HEALTH_CHECKS : KEPT_OF_PATTERNS;
  const regex = templateRegex(words, isCut);
  const covered = patterns.filter((other) => isSame(other, pattern) && covers(regex, other));
  const sum = summed(covered);
  const saving = savingOf(sum, kept);
  const who = nameOf(service);
  const errors = patterns
    .filter((other) => other.service === service && !isBelowWarn(other.severity))
    .filter((other) => templateText(other.words, other.isCut) === text && other !== pattern)
    .reduce((sum, { records }) => sum + records, 0);
  const what = isHealth ? `${label} health checks` : `${label} pattern`;
  const share = percentOf(sum.bytes, total.bytes);
  const reason = `${what} of ${who}: ${share} of bytes, ${Math.round(errors)} errors${during(seconds)}`;
  const verb = isDropped ? "Drop" : `Keep ${keptShare(kept)} of`;
  return {
    kind: "log_pattern",
    signal: "log",
    reason,
    saving,
    examples: [text],
    policy: authored(
      "log",
      `${service} ${label} ${isHealth ? "health checks" : "pattern"}`,
      { name: `${verb} ${what} of ${who}`, description: `${reason}: ${text}` },
      {
        match: [...groupMatchers(pattern), { log_field: "body", regex }],
        keep: isDropped ? "none" : keptShare(kept),
      },
    ),
  };
}

/** Whether lines of the other pattern match, too. */
function covers(regex: string, { words, isCut }: LogPattern): boolean {
  return new RegExp(regex).test(templateText(words, isCut).replaceAll("<*>", "0"));
}

function nameOf(service: string): string {
  return service === "" ? "no service" : `\`${service}\``;
}

function groupMatchers({ service, severity }: LogGroup): readonly AuthoredMatcher[] {
  return [serviceMatcher(service), ...severityMatchers(severity)];
}

function severityMatchers({ band, text }: LogGroup["severity"]): readonly AuthoredMatcher[] {
  if (band > 0) {
    const { min, max } = numbersOf(band);
    return [
      { log_field: "severity_number", gte: min },
      { log_field: "severity_number", lte: max },
    ];
  }
  const none = { log_field: "severity_number", gte: 1, negate: true };
  return text === ""
    ? [none, { log_field: "severity_text", exists: false }]
    : [none, { log_field: "severity_text", equals: text }];
}
