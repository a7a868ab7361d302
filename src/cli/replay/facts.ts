// The properties of a record, besides policies, that it is counted by: its service and its
// severity. Pure.

import type { RecordBody } from "../policies/records.ts";

export const SEVERITIES = ["trace", "debug", "info", "warn", "error", "fatal", "none"] as const;
export type SeverityWord = (typeof SEVERITIES)[number];

const SERVICE = Buffer.from('"service.name"');
const SERVICE_VALUE =
  /^"service\.name"\s*,\s*"value"\s*:\s*\{\s*"stringValue"\s*:\s*"((?:[^"\\]|\\.)*)"/;
/** The label that Loki itself fills with what it takes for the service. */
const LABEL = Buffer.from('"service_name"');
const LABEL_VALUE = /^"service_name"\s*:\s*"((?:[^"\\]|\\.)*)"/;
const LOOK_BYTES = 400;

/** Finds the services of resources, or of streams: each record's is the last one before it. */
export class Services {
  private readonly offsets: number[] = [];
  private readonly names: string[] = [];
  private at = 0;

  constructor({ kind, bytes }: RecordBody) {
    if (kind !== "otlp" && kind !== "loki") return;
    const [mark, value] = kind === "otlp" ? [SERVICE, SERVICE_VALUE] : [LABEL, LABEL_VALUE];
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + 1)) {
      const name = value.exec(body.toString("utf8", at, at + LOOK_BYTES))?.[1];
      if (name === undefined) continue;
      this.offsets.push(at);
      this.names.push(name);
    }
  }

  /** Records are asked for in the order of the body. What a record itself says is not meant. */
  before(start: number): string {
    while ((this.offsets[this.at + 1] ?? Number.POSITIVE_INFINITY) < start) this.at++;
    const offset = this.offsets[this.at];
    return offset !== undefined && offset < start ? (this.names[this.at] ?? "") : "";
  }
}

/** Of a Datadog log. */
export function serviceIn(text: string): string {
  return /"service"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? "";
}

export function severityIn(text: string): SeverityWord {
  const number = /"severity(?:Number|_number)"\s*:\s*"?(\d+)/.exec(text)?.[1];
  if (number !== undefined && Number(number) > 0) {
    return SEVERITIES[Math.min(5, (Number(number) - 1) >> 2)] ?? "none";
  }
  const named = /"(?:severityText|severity_text|status|level)"\s*:\s*"([a-zA-Z]+)"/.exec(text)?.[1];
  const word = (named ?? "").toLowerCase();
  if (word === "") return "none";
  return (
    SEVERITIES.find((one) => word.startsWith(one) || one.startsWith(word.slice(0, 4))) ?? "none"
  );
}
