// The OTLP severity number of a level's name. The names are those of Datadog's status remapper,
// which loggers write, and of syslog; the numbers follow the OpenTelemetry log data model, appendix
// B.

import { KeyTable } from "../../core/json/index.ts";

const NUMBERS: Readonly<Record<string, number>> = {
  trace: 1,
  verbose: 1,
  debug: 5,
  info: 9,
  information: 9,
  informational: 9,
  ok: 9,
  success: 9,
  notice: 10,
  warn: 13,
  warning: 13,
  err: 17,
  error: 17,
  crit: 18,
  critical: 18,
  alert: 19,
  fatal: 21,
  panic: 21,
  emerg: 21,
  emergency: 21,
};
/** Of the syslog severities 0 to 7. */
const SYSLOG = [21, 19, 18, 17, 13, 10, 9, 5];

const TABLE = new KeyTable(NUMBERS);
const LENGTH_MAX = 16;
const lower = new Uint8Array(LENGTH_MAX);

/**
 * OTLP number, 1 to 24, of the status that is written as bytes[start, end); 0 for one that is not
 * known.
 */
export function severityNumber(bytes: Uint8Array, start: number, end: number): number {
  while (start < end && bytes[start] === 0x20) start++;
  while (end > start && bytes[end - 1] === 0x20) end--;
  const length = end - start;
  if (length === 0 || length > LENGTH_MAX) return 0;
  const first = bytes[start] as number;
  if (length === 1 && first >= 0x30 && first <= 0x37) return SYSLOG[first - 0x30] ?? 0;
  for (let i = 0; i < length; i++) {
    const c = bytes[start + i] as number;
    lower[i] = c >= 0x41 && c <= 0x5a ? c | 0x20 : c;
  }
  return TABLE.idOf(lower, 0, length);
}
