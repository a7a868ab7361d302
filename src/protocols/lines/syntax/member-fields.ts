// Named fields of a record that are members of its line: which members these are, and how their
// values are put.

import { type Scratch, unescapeToScratch } from "../../../core/json/index.ts";
import { Field, type FieldIndex } from "../../../policy/fields.ts";
import type { FieldTable, FieldValues } from "../../../policy/record-port.ts";
import { type Alias, type ScanResult, Found, severityNumber } from "../../dotted/index.ts";
import { digitsOf, lowerHexToScratch } from "./ids.ts";

/** Of each list, the member that comes first in a line counts. */
export const BODY_NAMES: readonly string[] = ["message", "body", "msg"];
export const SEVERITY_NAMES: readonly string[] = ["severity_text", "severity", "level"];
/** OpenTelemetry, "Trace Context in non-OTLP Log Formats". */
export const TRACE_ID_NAME = "trace_id";
export const SPAN_ID_NAME = "span_id";
/** An object in a JSON line whose members are attributes as those beside it are. */
export const ATTRIBUTES_NAME = "attributes";

/** What a line's reader has to look for besides attributes. */
export const MEMBER_NAMES: readonly string[] = [
  ...BODY_NAMES,
  ...SEVERITY_NAMES,
  TRACE_ID_NAME,
  SPAN_ID_NAME,
];

/** Members of the object `attributes` stand for attributes. */
export function attributeAliases(fields: FieldTable): readonly Alias[] {
  const names = fields.refs.flatMap((ref) =>
    ref.kind === "attribute" && ref.scope === "record" ? [ref.path.join(".")] : [],
  );
  return [...new Set(names)].map((name) => ({
    name: `${ATTRIBUTES_NAME}.${name}`,
    of: [name],
    tagOnly: false,
  }));
}

/** Of levels that are numbers, from 10 (trace) to 60 (fatal), as bunyan and pino write them. */
const NUMBERED = [0, 1, 5, 9, 13, 17, 21];

export class MemberFields {
  readonly bodySlot: number;
  private readonly severitySlot: number;
  private readonly numberSlot: number;
  private readonly traceSlot: number;
  private readonly spanSlot: number;
  private readonly bodyNodes: readonly number[];
  private readonly severityNodes: readonly number[];
  private readonly traceNode: number;
  private readonly spanNode: number;
  /** Of the text that was opened last. */
  private text: Uint8Array = new Uint8Array(0);
  private start = 0;
  private end = 0;

  /** `nodes`: of MEMBER_NAMES. */
  constructor(fields: FieldTable, nodes: readonly number[]) {
    const slotOf = (field: FieldIndex): number => fields.fieldSlots[field] as number;
    this.bodySlot = slotOf(Field.body);
    this.severitySlot = slotOf(Field.severity_text);
    this.numberSlot = slotOf(Field.severity_number);
    this.traceSlot = slotOf(Field.trace_id);
    this.spanSlot = slotOf(Field.span_id);
    const bodies = BODY_NAMES.length;
    const severities = bodies + SEVERITY_NAMES.length;
    this.bodyNodes = nodes.slice(0, bodies);
    this.severityNodes = nodes.slice(bodies, severities);
    this.traceNode = nodes[severities] as number;
    this.spanNode = nodes[severities + 1] as number;
  }

  /**
   * Puts what was found; texts with escapes are unescaped into `scratch`. False: the body is asked
   * for, and no member is it.
   */
  put(values: FieldValues, scanResult: ScanResult, bytes: Uint8Array, scratch: Scratch): boolean {
    if (this.severitySlot >= 0 || this.numberSlot >= 0) {
      this.putSeverity(values, scanResult, bytes, scratch);
    }
    if (this.traceSlot >= 0) {
      const digits = digitsOf(Field.trace_id);
      this.putId(values, this.traceSlot, scanResult, this.traceNode, bytes, scratch, digits);
    }
    if (this.spanSlot >= 0) {
      const digits = digitsOf(Field.span_id);
      this.putId(values, this.spanSlot, scanResult, this.spanNode, bytes, scratch, digits);
    }
    return this.bodySlot < 0 || this.putBody(values, scanResult, bytes, scratch);
  }

  private putBody(
    values: FieldValues,
    scanResult: ScanResult,
    bytes: Uint8Array,
    scratch: Scratch,
  ): boolean {
    const at = firstText(scanResult, this.bodyNodes);
    if (at < 0) return at === EMPTY;
    this.open(scanResult, at, bytes, scratch);
    values.putString(this.bodySlot, this.text, this.start, this.end);
    return true;
  }

  private putSeverity(
    values: FieldValues,
    scanResult: ScanResult,
    bytes: Uint8Array,
    scratch: Scratch,
  ): void {
    const at = firstText(scanResult, this.severityNodes);
    if (at >= 0) {
      this.open(scanResult, at, bytes, scratch);
      const { text, start, end } = this;
      if (this.severitySlot >= 0) values.putString(this.severitySlot, text, start, end);
      if (this.numberSlot < 0) return;
      const number = severityNumber(text, start, end);
      if (number > 0) values.putInt(this.numberSlot, 0, number);
    } else if (this.numberSlot >= 0) {
      const number = numberedSeverity(scanResult, this.severityNodes, bytes);
      if (number > 0) values.putInt(this.numberSlot, 0, number);
    }
  }

  private putId(
    values: FieldValues,
    slot: number,
    scanResult: ScanResult,
    node: number,
    bytes: Uint8Array,
    scratch: Scratch,
    digits: number,
  ): void {
    const at = scanResult.first(node);
    if (!scanResult.isText(at)) return;
    this.open(scanResult, at, bytes, scratch);
    const from = lowerHexToScratch(this.text, this.start, this.end, digits, scratch);
    if (from >= 0) values.putString(slot, scratch.bytes, from, scratch.used);
  }

  private open(scanResult: ScanResult, at: number, bytes: Uint8Array, scratch: Scratch): void {
    const start = scanResult.starts[at] as number;
    const end = scanResult.ends[at] as number;
    this.text = bytes;
    this.start = start;
    this.end = end;
    if (end >= 0) return;
    unescapeToScratch(bytes, start, ~end, scratch);
    this.text = scratch.text;
    this.start = scratch.from;
    this.end = scratch.to;
  }
}

const NONE = -1;
/** There are texts, and all are empty. */
const EMPTY = -2;

/** Of the texts that count for each of the nodes, the first in the line. */
export function firstText(scanResult: ScanResult, nodes: readonly number[]): number {
  let first = NONE;
  for (let n = 0; n < nodes.length; n++) {
    for (let at = scanResult.first(nodes[n] as number); at >= 0; at = scanResult.next(at)) {
      if (scanResult.kinds[at] !== Found.string) continue;
      if (scanResult.isText(at)) {
        first = earlier(scanResult, first, at);
        break;
      }
      if (first === NONE) first = EMPTY;
    }
  }
  return first;
}

/** OTLP number of the first level that is a number; 0: there is none, or none that is known. */
export function numberedSeverity(
  scanResult: ScanResult,
  nodes: readonly number[],
  bytes: Uint8Array,
): number {
  let first = NONE;
  for (let n = 0; n < nodes.length; n++) {
    const at = scanResult.first(nodes[n] as number);
    if (at >= 0 && scanResult.kinds[at] === Found.number) first = earlier(scanResult, first, at);
  }
  if (first < 0) return 0;
  const start = scanResult.starts[first] as number;
  const tens = (bytes[start] as number) - 0x30;
  const isNumbered = scanResult.ends[first] === start + 2 && bytes[start + 1] === 0x30;
  return isNumbered ? (NUMBERED[tens] ?? 0) : 0;
}

function earlier({ starts }: ScanResult, first: number, at: number): number {
  return first < 0 || (starts[at] as number) < (starts[first] as number) ? at : first;
}
