// The values of streams and entries that are put for the engine, whatever the encoding: the labels,
// the line, the structured metadata, and the severity in it.

import { KeyTable } from "../../../core/json/index.ts";
import { Field } from "../../../policy/fields.ts";
import type { Evaluation, FieldTable, FieldValues } from "../../../policy/record-port.ts";
import { severityNumber } from "../../dotted/index.ts";
import { AskedAttributes } from "./asked-attributes.ts";
import { PairBuffer } from "./pair-buffer.ts";

const NOTHING = new Uint8Array(0);

/** Names of metadata and labels that say the severity, the first of them that is there. */
export const LEVEL_NAMES = ["level", "detected_level"] as const;
const LEVELS = new KeyTable({ level: 1, detected_level: 2 });
const NO_LEVEL = 3;

export class EntryValues {
  /** Whether the line is looked at at all. */
  readonly asksLine: boolean;
  readonly labels = new PairBuffer();
  readonly metadata = new PairBuffer();
  private readonly askedLabels: AskedAttributes;
  private readonly askedMetadata: AskedAttributes;
  private readonly lineSlot: number;
  private readonly levelSlot: number;
  private readonly levelNumberSlot: number;
  private line: Uint8Array = NOTHING;
  private lineStart = 0;
  private lineEnd = 0;
  /** The label that says the severity of entries which do not say it themselves; -1: none does. */
  private labelLevel = -1;

  constructor(fields: FieldTable) {
    const slotOf = (field: number): number => fields.fieldSlots[field] ?? -1;
    this.askedLabels = new AskedAttributes(fields, "resource");
    this.askedMetadata = new AskedAttributes(fields, "record");
    this.lineSlot = slotOf(Field.body);
    this.levelSlot = slotOf(Field.severity_text);
    this.levelNumberSlot = slotOf(Field.severity_number);
    this.asksLine = this.lineSlot >= 0;
  }

  /** The text of the entry at hand, unescaped. */
  setLine(bytes: Uint8Array, start: number, end: number): void {
    this.line = bytes;
    this.lineStart = start;
    this.lineEnd = end;
  }

  /** Of a resource that has begun. */
  reportStream({ values }: Evaluation): void {
    this.labelLevel = this.asksLevel ? levelIn(this.labels) : -1;
    if (!this.askedLabels.isEmpty) putAll(values, this.askedLabels, this.labels);
  }

  /** Of an entry that has begun. */
  reportEntry({ values }: Evaluation): void {
    const { labelLevel, labels, lineEnd, lineSlot, lineStart, metadata } = this;
    if (lineSlot >= 0 && lineStart < lineEnd) {
      values.putString(lineSlot, this.line, lineStart, lineEnd);
    }
    if (!this.askedMetadata.isEmpty) putAll(values, this.askedMetadata, metadata);
    if (!this.asksLevel) return;
    const own = levelIn(metadata);
    if (own >= 0) this.reportLevel(values, metadata, own);
    else if (labelLevel >= 0) this.reportLevel(values, labels, labelLevel);
  }

  /** Keeps no bytes of the request. */
  release(): void {
    this.line = NOTHING;
    this.labels.release();
    this.metadata.release();
  }

  private get asksLevel(): boolean {
    return this.levelSlot >= 0 || this.levelNumberSlot >= 0;
  }

  private reportLevel(values: FieldValues, pairs: PairBuffer, i: number): void {
    const texts = pairs.texts(i);
    const start = pairs.start(i);
    const end = pairs.end(i);
    if (this.levelSlot >= 0) values.putString(this.levelSlot, texts, start, end);
    const number = this.levelNumberSlot < 0 ? 0 : severityNumber(texts, start, end);
    if (number > 0) values.putInt(this.levelNumberSlot, 0, number);
  }
}

function putAll(values: FieldValues, asked: AskedAttributes, pairs: PairBuffer): void {
  for (let i = 0; i < pairs.count; i++) {
    asked.put(
      values,
      pairs.names(i),
      pairs.nameStart(i),
      pairs.nameEnd(i),
      pairs.texts(i),
      pairs.start(i),
      pairs.end(i),
    );
  }
}

/** The pair that says the severity; of equal names the last one counts. -1: none does. */
function levelIn(pairs: PairBuffer): number {
  let best = NO_LEVEL;
  let found = -1;
  for (let i = 0; i < pairs.count; i++) {
    const rank = LEVELS.idOf(pairs.names(i), pairs.nameStart(i), pairs.nameEnd(i));
    if (rank === 0 || rank > best || pairs.start(i) === pairs.end(i)) continue;
    best = rank;
    found = i;
  }
  return found;
}
