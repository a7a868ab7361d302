// Severities of logs: by number, as the OpenTelemetry data model defines them, or by text where
// there is no number.

import { shownName } from "../shown-name.ts";

/** Each has four numbers: TRACE 1 to 4, DEBUG 5 to 8 and so on. */
const BANDS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] as const;
const NUMBERS_PER_BAND = 4;
const INFO = 3;
const WARN = 4;

const TEXTS: readonly (readonly [RegExp, (typeof BANDS)[number]])[] = [
  [/^(?:trace|verbose|finest)\d?$/i, "TRACE"],
  [/^(?:debug|fine|finer)\d?$/i, "DEBUG"],
  [/^(?:info|information|informational|notice|ok|success)\d?$/i, "INFO"],
  [/^(?:warn|warning)\d?$/i, "WARN"],
  [/^(?:err|error|severe)\d?$/i, "ERROR"],
  [/^(?:fatal|crit|critical|alert|panic|emerg|emergency)\d?$/i, "FATAL"],
];

export interface Severity {
  /** 1 to 6; 0: only its text is known, which may be empty. */
  readonly band: number;
  readonly text: string;
}

export function bandOf(severityNumber: number): number {
  const band = Math.ceil(severityNumber / NUMBERS_PER_BAND);
  return band >= 1 && band <= BANDS.length ? band : 0;
}

/** Least and greatest number of the band. */
export function numbersOf(band: number): { readonly min: number; readonly max: number } {
  return { min: (band - 1) * NUMBERS_PER_BAND + 1, max: band * NUMBERS_PER_BAND };
}

/** As people call it; a text that looks like none of a severity is masked. */
export function severityLabel({ band, text }: Severity): string {
  if (band > 0) return BANDS[band - 1] ?? "";
  return TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? shownName(text);
}

/** False where it is not known. */
export function isBelowWarn(severity: Severity): boolean {
  return isBelow(severity, WARN);
}

/** Of what is for debugging; false where it is not known. */
export function isBelowInfo(severity: Severity): boolean {
  return isBelow(severity, INFO);
}

function isBelow(severity: Severity, other: number): boolean {
  const band = BANDS.findIndex((name) => name === severityLabel(severity)) + 1;
  return band >= 1 && band < other;
}
