// Prints an explanation as lines for people. Pure.

import { printable, shortened } from "../../core/printable.ts";
import type {
  EditExplanation,
  NearMiss,
  PolicyExplanation,
  ShadowExplanation,
} from "../../policy/index.ts";
import type { Paint } from "../terminal/paint.ts";
import type { Explained } from "./explaining.ts";

/** Of a record's own text. */
const TEXT_CHARS_MAX = 160;
const VALUE_CHARS_MAX = 120;

export interface PrintOptions {
  readonly paint: Paint;
  /** What every policy saw, also those that were far from matching. */
  readonly all: boolean;
  /** Only this policy's part. */
  readonly policy: string | undefined;
}

/** `number`: of the record, from 1. */
export function printExplained(
  number: number,
  record: Explained,
  { paint, all, policy }: PrintOptions,
): string {
  const { verdict, winner, matched, policies, nearMisses, edits, shadow = [] } = record;
  const isOf = ({ id }: { readonly id: string }): boolean => policy === undefined || id === policy;
  const lines = [
    `${paint("bold", `record ${number}`)}: ${outcome(record, paint)}`,
    `  ${paint("dim", shortened(printable(record.text), TEXT_CHARS_MAX))}`,
  ];
  if (winner === undefined && verdict === "keep" && matched.length > 0) {
    lines.push("  no policy decides");
  }
  for (const one of shadow.filter(isOf)) lines.push(...shadowLines(one, paint));
  const seen = all || policy !== undefined ? policies.filter(isOf) : matched;
  for (const one of seen) lines.push(...policyLines(one, paint));
  if (!all && policy === undefined) {
    for (const miss of nearMisses) lines.push(nearMissLine(miss, paint));
  }
  for (const edit of edits) {
    if (policy === undefined || edit.policy === policy) lines.push(...editLines(edit, paint));
  }
  return `${lines.join("\n")}\n`;
}

function outcome({ verdict, winner, edits }: Explained, paint: Paint): string {
  const isEdited = edits.some(({ changed }) => changed);
  const word =
    verdict === "drop"
      ? paint("red", "dropped")
      : paint(isEdited ? "yellow" : "green", isEdited ? "kept, edited" : "kept");
  if (winner === undefined) return `${word}; no policy matches`;
  return `${word} by ${quoted(winner.id)}: ${printable(winner.why)}`;
}

function policyLines(
  { id, name, keep, dialect, group, matchers }: PolicyExplanation,
  paint: Paint,
): readonly string[] {
  const matches = matchers.every(({ holds }) => holds);
  const head = `  ${matches ? paint("green", "matches") : "does not match"} ${quoted(id)}`;
  return [
    `${head} (${printable(name)}), ${keepText(keep, dialect)}${groupText(group)}`,
    ...matchers.map(({ matcher, values, holds }) => {
      const mark = holds ? paint("green", "+") : paint("red", "-");
      return `    ${mark} ${printable(matcher)}${valuesText(values)}`;
    }),
  ];
}

function shadowLines(one: ShadowExplanation, paint: Paint): readonly string[] {
  const { id, name, keep, dialect, would, why, matchers } = one;
  const head = `  ${paint("cyan", would === "nothing" ? "would change nothing" : `would ${would}`)}`;
  return [
    `${head} ${quoted(id)} (${printable(name)}), ${keepText(keep, dialect)}: ${printable(why)}`,
    ...matchers.map(({ matcher, values }) => `    + ${printable(matcher)}${valuesText(values)}`),
  ];
}

function keepText(keep: string, dialect: PolicyExplanation["dialect"]): string {
  return dialect === "otel" ? `${keep} of OpenTelemetry's dialect` : `keep ${keep}`;
}

function nearMissLine(miss: NearMiss, paint: Paint): string {
  const { id, dialect, firstFailed, group, holding, matchers } = miss;
  const { matcher, values, butForCase } = firstFailed;
  const share = `${holding} of ${matchers.length} hold${groupText(group)}`;
  const fault = holding + 1 === matchers.length ? "would match but for" : "first of all not";
  const folding = dialect === "otel" ? "a regex with (?i)" : "case_insensitive: true";
  const cure = butForCase ? ` (another case; ${folding} would hold)` : "";
  const words = `${fault} ${printable(matcher)}${valuesText(values)}${cure}`;
  return `  ${paint("yellow", "near miss")} ${quoted(id)}, ${share}: ${words}`;
}

function groupText(group: number | undefined): string {
  return group === undefined ? "" : ` in match_group[${group}]`;
}

function valuesText(values: readonly string[]): string {
  if (values.length === 0) return "; it is missing";
  return `; it is ${values.map((value) => shortened(printable(value), VALUE_CHARS_MAX)).join(", ")}`;
}

function editLines(
  { policy, operation, before, after, changed }: EditExplanation,
  paint: Paint,
): readonly string[] {
  const head = `  ${paint("cyan", "edit")} by ${quoted(policy)}: ${printable(operation)}`;
  if (!changed) return [`${head}: nothing to do`];
  return [
    head,
    ...(before === undefined ? [] : [`    ${paint("red", `- ${value(before)}`)}`]),
    ...(after === undefined ? [] : [`    ${paint("green", `+ ${value(after)}`)}`]),
  ];
}

function value(text: string): string {
  return shortened(printable(JSON.stringify(text)), VALUE_CHARS_MAX);
}

function quoted(id: string): string {
  return printable(JSON.stringify(id));
}
