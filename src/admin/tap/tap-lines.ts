// Prints what a tap shows: one JSON document per line, or text for people. A payload is printed
// only if it is given; no control character of a payload reaches a terminal.

import { TAP_POLICIES_MAX } from "../../core/limits.ts";
import { printable } from "../../core/printable.ts";
import type { Tried } from "../../policy/index.ts";
import type { PayloadKind } from "../../protocols/index.ts";
import type { TapRecord, TapStage } from "./tap-record.ts";

/** `capture`: as `json`, with the document of a request with this record alone. */
export type TapLineFormat = "json" | "text" | "capture";

/** Numbers of a tap line. */
export interface TapLineHead {
  /** The record's number in this tap, from 1; lost records count. */
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

/**
 * A line about a record, or two for people, with the line feed. `shownAs`: what its bytes are;
 * undefined: they are not shown.
 */
export function recordLine(
  format: TapLineFormat,
  { seq, timeMs, stage }: TapLineHead,
  record: TapRecord,
  shownAs: PayloadKind | undefined,
): string {
  const { length, bytes } = record;
  const head = {
    ...headOf({ seq, timeMs, stage }, record),
    ...(shownAs !== undefined && bytes !== undefined && bytes.length < length
      ? { shown_bytes: bytes.length }
      : {}),
  };
  const isShown = shownAs !== undefined && bytes !== undefined;
  if (format === "text") {
    const payload = isShown ? textPayload(bytes, shownAs) : "";
    return printable(`${textHead(head)}\n${payload}`);
  }
  const document = JSON.stringify(head);
  const more = isShown ? `,${jsonPayload(bytes, shownAs, length)}` : "";
  // What is unsafe can only stand inside of strings here, where the escape means the same.
  return printable(`${document.slice(0, -1)}${more}}\n`);
}

/** A line about a record, with a document of its own. */
export function captureLine(head: TapLineHead, record: TapRecord, document: Uint8Array): string {
  const start = JSON.stringify(headOf(head, record)).slice(0, -1);
  return printable(`${start},"document":${oneLine(new TextDecoder().decode(document))}}\n`);
}

function headOf({ seq, timeMs, stage }: TapLineHead, record: TapRecord) {
  const { signal, encoding, decision, policies, policyCount, trials = [], length, bytes } = record;
  const named = policies.slice(0, TAP_POLICIES_MAX);
  const [winner] = policies;
  return {
    seq,
    time: new Date(timeMs).toISOString(),
    stage,
    signal,
    encoding,
    decision,
    ...(decision === "drop" && winner !== undefined ? { dropped_by: winner } : {}),
    policies: named,
    ...(policyCount > named.length ? { policies_more: policyCount - named.length } : {}),
    ...(trials.length > 0 ? { would: trials } : {}),
    bytes: bytes === undefined ? 0 : length,
  };
}

/** Line ends stand between the tokens of valid JSON only. */
function oneLine(json: string): string {
  return json.replace(/[\r\n]+/g, " ");
}

/** A line that is not about one record. */
export function noteLine(format: TapLineFormat, note: TapNote): string {
  if (format !== "text") return `${JSON.stringify(note)}\n`;
  const { tap, ...rest } = note;
  const words = Object.entries(rest).map(([name, value]) => ` ${name}=${value}`);
  return `# ${tap}${words.join("")}\n`;
}

/** JSON records as they are, with every number as it was written; others as text or base64. */
function jsonPayload(bytes: Uint8Array, shownAs: PayloadKind, length: number): string {
  if (shownAs === "binary") return `"base64":"${bytes.toBase64()}"`;
  const text = new TextDecoder().decode(bytes);
  if (shownAs === "json" && bytes.length === length && isJson(text)) {
    return `"record":${oneLine(text)}`;
  }
  return `"text":${JSON.stringify(text)}`;
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
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    const text = list.map((one) => (isTried(one) ? `${one.would}:${one.policy}` : one)).join(",");
    return ` ${name}=${/^[\w.:+-]+$/.test(text) ? text : JSON.stringify(text)}`;
  });
  return `---${words.join("")}`;
}

function isTried(value: unknown): value is Tried {
  return typeof value === "object" && value !== null && "would" in value;
}

function textPayload(bytes: Uint8Array, shownAs: PayloadKind): string {
  return `${shownAs === "binary" ? bytes.toBase64() : new TextDecoder().decode(bytes)}\n`;
}
