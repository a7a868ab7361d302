// How well the top patterns are found: of a stream whose templates are known, the share of the 20
// heaviest that are found (recall), and of the 20 that are shown that are one of them (precision).

import { LogTemplates } from "../../../src/analysis/logs/log-templates.ts";
import { MaskedLine } from "../../../src/analysis/logs/masked-line.ts";
import { templateRegex, templateText } from "../../../src/analysis/logs/template-text.ts";
import { ANALYSIS_SHOWN_RECORDS_MIN } from "../../../src/core/limits.ts";
import { encodeUtf8 } from "../../../src/core/utf8.ts";
import type { KnownLine } from "./known-streams.ts";

const TOP = 20;
const SHOWN_MIN = ANALYSIS_SHOWN_RECORDS_MIN;
/** How far off the bytes of a pattern may be that counts as found, beside its stated error. */
const BYTES_OFF_MAX = 0.05;
/** Lines of each template that a pattern has to match. */
const EXAMPLES = 20;

export interface Accuracy {
  readonly precision: number;
  readonly recall: number;
  /** What was shown and is none of them, and what was not found. */
  readonly wrong: readonly string[];
  readonly missing: readonly string[];
}

interface Truth {
  readonly template: string;
  bytes: number;
  lines: number;
  readonly examples: string[];
}

export function accuracyOf(lines: Iterable<KnownLine>, clustersMax = 4096): Accuracy {
  const templates = new LogTemplates({ clustersMax, shownMin: SHOWN_MIN });
  const line = new MaskedLine(1);
  const look = { weight: 1, counted: () => undefined };
  const truths = new Map<string, Truth>();
  for (const { text, template } of lines) {
    const bytes = encodeUtf8(text);
    line.read(bytes, 0, bytes.length);
    templates.observe(0, line, look, bytes.length);
    const truth = truths.get(template) ?? { template, bytes: 0, lines: 0, examples: [] };
    truths.set(template, truth);
    truth.bytes += bytes.length;
    truth.lines++;
    if (truth.examples.length < EXAMPLES) truth.examples.push(text);
  }
  // What was seen more seldom is not shown, whatever it is.
  const top = heaviest([...truths.values()].filter(({ lines: seen }) => seen >= SHOWN_MIN));
  const shown = heaviest(
    [...templates.counts()].flatMap(({ words, isCut, bytes, bytesError }) =>
      words === undefined
        ? []
        : [
            {
              text: templateText(words, isCut),
              regex: new RegExp(templateRegex(words, isCut)),
              bytes,
              bytesError,
            },
          ],
    ),
  );
  const isOf = (pattern: (typeof shown)[number], truth: Truth): boolean =>
    pattern.bytes >= (1 - BYTES_OFF_MAX) * truth.bytes &&
    pattern.bytes - pattern.bytesError <= (1 + BYTES_OFF_MAX) * truth.bytes &&
    truth.examples.every((example) => pattern.regex.test(example));
  const all = [...truths.values()];
  const wrong = shown.filter((pattern) => !all.some((truth) => isOf(pattern, truth)));
  const missing = top.filter((truth) => !shown.some((pattern) => isOf(pattern, truth)));
  return {
    precision: shown.length === 0 ? 0 : 1 - wrong.length / shown.length,
    recall: top.length === 0 ? 0 : 1 - missing.length / top.length,
    wrong: wrong.map(({ text }) => text),
    missing: missing.map(({ template }) => template),
  };
}

function heaviest<T extends { readonly bytes: number }>(all: readonly T[]): readonly T[] {
  return all.toSorted((a, b) => b.bytes - a.bytes).slice(0, TOP);
}
