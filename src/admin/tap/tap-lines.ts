// Prints what a tap shows: one JSON document a line, or text for people. Payloads are only printed
// when they are given; no control character of a payload reaches a terminal.

import { TAP_POLICIES_MAX } from "../../core/limits.ts";
import { printable } from "../../core/printable.ts";
import type { TapRecord, TapStage } from "./tap-record.ts";

export type TapLineFormat = "json" | "text";

/** Numbers of a tap line. */
export interface TapLineHead {
  /** Of the record in this tap, from 1; records that were lost count. */
  readonly seq: number;
  readonly timeMs: number;
  readonly stage: TapStage;
}

/** What a tap says of itself. */
export type TapNote =
  | {
      readonly tap: "open";
      readonly stage: TapStage;
      readonly records_max: number;
      readonly seconds_max: number;
      readonly payloads: boolean;
    }
  | { readonly tap: "waiting" }
  | { readonly tap: "lost"; readonly records: number }
  | {
      readonly tap: "end";
      readonly reason: string;
      readonly shown: number;
      readonly lost: number;
    };

const JSON_ENCODINGS: ReadonlySet<string> = new Set(["otlp_json", "datadog_json"]);
const TEXT_ENCODINGS: ReadonlySet<string> = new Set(["prometheus_text", "line"]);

/** A line about a record, or two for people, with the line feed. */
export function recordLine(
  format: TapLineFormat,
  { seq, timeMs, stage }: TapLineHead,
  record: TapRecord,
  showsPayloads: boolean,
): string {
  const { signal, encoding, decision, policies, policyCount, length, bytes } = record;
  const time = new Date(timeMs).toISOString();
  const named = policies.slice(0, TAP_POLICIES_MAX);
  const [winner] = policies;
  const head = {
    seq,
    time,
    stage,
    signal,
    encoding,
    decision,
    ...(decision === "drop" && winner !== undefined ? { dropped_by: winner } : {}),
    policies: named,
    ...(policyCount > named.length ? { policies_more: policyCount - named.length } : {}),
    bytes: bytes === undefined ? 0 : length,
    ...(showsPayloads && bytes !== undefined && bytes.length < length
      ? { shown_bytes: bytes.length }
      : {}),
  };
  const payload = showsPayloads && bytes !== undefined ? bytes : undefined;
  if (format === "text") return printable(`${textHead(head)}\n${textPayload(payload, encoding)}`);
  const document = JSON.stringify(head);
  const more = payload === undefined ? "" : `,${jsonPayload(payload, encoding, length)}`;
  // What is unsafe can only stand inside of strings here, where the escape means the same.
  return printable(`${document.slice(0, -1)}${more}}\n`);
}

/** A line that is not about one record. */
export function noteLine(format: TapLineFormat, note: TapNote): string {
  if (format === "json") return `${JSON.stringify(note)}\n`;
  const { tap, ...rest } = note;
  const words = Object.entries(rest).map(([name, value]) => ` ${name}=${value}`);
  return `# ${tap}${words.join("")}\n`;
}

/** JSON records as they are, with every number as it was written; others as text or base64. */
function jsonPayload(bytes: Uint8Array, encoding: string, length: number): string {
  if (JSON_ENCODINGS.has(encoding)) {
    const text = new TextDecoder().decode(bytes);
    if (bytes.length === length && isJson(text)) {
      // Line ends stand between the tokens of valid JSON only.
      return `"record":${text.replace(/[\r\n]+/g, " ")}`;
    }
    return `"text":${JSON.stringify(text)}`;
  }
  if (TEXT_ENCODINGS.has(encoding)) {
    return `"text":${JSON.stringify(new TextDecoder().decode(bytes))}`;
  }
  return `"base64":"${bytes.toBase64()}"`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function textHead(head: Readonly<Record<string, unknown>>): string {
  const words = Object.entries(head).map(([name, value]) => {
    const text = Array.isArray(value) ? value.join(",") : String(value);
    return ` ${name}=${/^[\w.:+-]+$/.test(text) ? text : JSON.stringify(text)}`;
  });
  return `---${words.join("")}`;
}

function textPayload(bytes: Uint8Array | undefined, encoding: string): string {
  if (bytes === undefined) return "";
  if (!JSON_ENCODINGS.has(encoding) && !TEXT_ENCODINGS.has(encoding)) {
    return `${bytes.toBase64()}\n`;
  }
  return `${new TextDecoder().decode(bytes)}\n`;
}
