// Estimates how records are spread over services, from the last records of a tap's sample. Bounded;
// pure.

import { TOP_SAMPLES_MAX } from "../../core/limits.ts";

export interface ServiceShare {
  readonly service: string;
  /** Of the sample. */
  readonly share: number;
  /** Of its own records. */
  readonly dropped: number;
}

const ROWS_MAX = 5;
const OTLP_SERVICE =
  /"service\.name"\s*,\s*"value"\s*:\s*\{\s*"stringValue"\s*:\s*("(?:[^"\\]|\\.)*")/;
const OTHER_SERVICE = /"(?:service|service_name|app|job)"\s*:\s*("(?:[^"\\]|\\.)*")/;
const NOBODY = "(none)";

export class ServiceSample {
  readonly #records: { readonly service: string; readonly isDropped: boolean }[] = [];

  /** A line of a tap about a record. */
  add(line: string, isDropped: boolean): void {
    const quoted = (OTLP_SERVICE.exec(line) ?? OTHER_SERVICE.exec(line))?.[1];
    this.#records.push({ service: quoted === undefined ? NOBODY : unquoted(quoted), isDropped });
    if (this.#records.length > TOP_SAMPLES_MAX) this.#records.shift();
  }

  /** The busiest first. */
  shares(): readonly ServiceShare[] {
    const groups = Map.groupBy(this.#records, ({ service }) => service);
    const rows = [...groups].map(([service, records]) => ({
      service,
      share: records.length / this.#records.length,
      dropped: records.filter(({ isDropped }) => isDropped).length / records.length,
    }));
    return rows.sort((a, b) => b.share - a.share).slice(0, ROWS_MAX);
  }
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
