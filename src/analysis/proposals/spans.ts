// Proposals for spans: names that make up a large share of all bytes. Spans with errors stay unless
// they are asked for.

import type { ShownSpan, SpanSketch } from "../spans/span-sketch.ts";
import { literalsIn, templateRegex, templateText } from "../logs/template-text.ts";
import { isMatchable } from "../shown-name.ts";
import type { Counted } from "../tally.ts";
import { authored, serviceMatcher } from "./authoring.ts";
import { isHealthCheck } from "./health.ts";
import type { AuthoredMatcher, Proposal, ProposalOptions } from "./proposal.ts";
import { during, percentOf, savingOf } from "./saving.ts";

/** Of the bytes of all spans. */
const SHARE_MIN = 0.05;
const KEPT_PERCENT = 10;

export function proposeForSpans(spans: SpanSketch, options: ProposalOptions): readonly Proposal[] {
  const { total } = spans;
  return [...spans.names()]
    .filter(
      (span) =>
        isMatchable(span.service) &&
        literalsIn(span.words) > 0 &&
        span.bytes - span.bytesError >= SHARE_MIN * total.bytes,
    )
    .toSorted((a, b) => b.bytes - a.bytes)
    .map((span) => ofSpan(span, total, options));
}

function ofSpan(
  span: ShownSpan,
  total: Counted,
  { seconds, withErrors }: ProposalOptions,
): Proposal {
  const { words, isCut, service, errors, records } = span;
  const name = templateText(words, isCut);
  const isHealth = isHealthCheck(name);
  const who = service === "" ? "no service" : `\`${service}\``;
  const good = withErrors || span.bytes === 0 ? 1 : 1 - Math.min(1, span.errorBytes / span.bytes);
  const kept = isHealth ? 0 : KEPT_PERCENT / 100;
  const counted = {
    ...span,
    records: withErrors ? records : records - errors,
    bytes: span.bytes * good,
    bytesError: span.bytesError * good,
  };
  const saving = savingOf(counted, kept);
  const share = percentOf(span.bytes, total.bytes);
  const what = isHealth ? "Health checks" : `Spans \`${name}\``;
  const reason = `${what} of ${who}: ${share} of bytes, ${Math.round(errors)} errors${during(seconds)}`;
  const verb = isHealth ? "Drop health checks" : `Keep ${KEPT_PERCENT}% of spans \`${name}\``;
  return {
    kind: "span_name",
    signal: "trace",
    reason,
    saving,
    examples: [name],
    policy: authored(
      "trace",
      `${service} ${name.replaceAll("<*>", "")}`,
      { name: `${verb} of ${who}`, description: reason },
      {
        match: [
          serviceMatcher(service),
          nameMatcher(span),
          ...(withErrors ? [] : [{ span_status: "error", negate: true }]),
        ],
        keep: { percentage: isHealth ? 0 : KEPT_PERCENT },
      },
    ),
  };
}

function nameMatcher({ words, isCut }: ShownSpan): AuthoredMatcher {
  const text = templateText(words, isCut);
  // Spaces of longer names may be others than these.
  const isExact = !isCut && words.length === 1 && !text.includes("<*>");
  return isExact
    ? { trace_field: "name", equals: text }
    : { trace_field: "name", regex: templateRegex(words, isCut) };
}
