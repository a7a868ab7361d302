// What a policy sees of one series, whatever the encoding: its fields, and attributes by name. An
// attribute is looked up among the resources, then the tags, then the other members. A name that
// several tags share is one data point attribute with several values.

import type { Scratch } from "../../../../core/json/index.ts";
import { Field, Level } from "../../../../policy/fields.ts";
import type { Evaluation, FieldTable } from "../../../../policy/record-port.ts";
import { RequestedAttributes } from "../../../dotted/requested-attributes.ts";
import { aliasesOf } from "../log-names.ts";
import { type ScanResult, Found } from "../../../dotted/scan-result.ts";
import { ResolvedValues } from "../../../dotted/resolved-values.ts";
import { TagCursor } from "../tags.ts";

const NOTHING = new Uint8Array(0);
/** Policy numbers of the metric types, and of the only temporality in Datadog. */
const GAUGE = 1;
const SUM = 2;
const DELTA = 1;
/** `MetricPayload.MetricType`. */
export const SeriesType = { unspecified: 0, count: 1, rate: 2, gauge: 3 } as const;

/** A text of the series that is a field. */
class TextField {
  private readonly slot: number;
  private bytes: Uint8Array = NOTHING;
  private start = 0;
  private end = 0;

  constructor(slot: number) {
    this.slot = slot;
  }
  set(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }
  put(evaluation: Evaluation): void {
    if (this.slot < 0 || this.start === this.end) return;
    evaluation.values.putString(this.slot, this.bytes, this.start, this.end);
  }
}

export class SeriesValues {
  readonly asked: RequestedAttributes;
  readonly name: TextField;
  readonly unit: TextField;
  /** One of SeriesType; other values count as unspecified. */
  type = 0;
  private readonly resolved: ResolvedValues;
  private readonly tags = new TagCursor();
  private readonly typeSlot: number;
  private readonly temporalitySlot: number;
  private readonly asksScope: boolean;
  private readonly asksResource: boolean;
  /** Whether some text of the part had an alias as its name. */
  private hasAlias = false;

  /** `members`: names that the reader itself needs. */
  constructor(fields: FieldTable, members: readonly string[]) {
    this.asked = new RequestedAttributes(fields, members, aliasesOf("host"));
    this.resolved = new ResolvedValues(this.asked);
    this.name = new TextField(fields.fieldSlots[Field.name] as number);
    this.unit = new TextField(fields.fieldSlots[Field.unit] as number);
    this.typeSlot = fields.fieldSlots[Field.metric_type] as number;
    this.temporalitySlot = fields.fieldSlots[Field.aggregation_temporality] as number;
    this.asksScope = fields.asks(Level.scope);
    this.asksResource = fields.asks(Level.resource);
  }

  begin(): void {
    this.resolved.begin();
    this.name.set(NOTHING, 0, 0);
    this.unit.set(NOTHING, 0, 0);
    this.type = SeriesType.unspecified;
    this.hasAlias = false;
  }

  /** Whether some requested attribute has not been found yet. */
  get missing(): boolean {
    return this.resolved.missing > 0;
  }

  /** Continues with the next part; true: the last part must be read again, for aliases. */
  nextPart(): boolean {
    this.resolved.nextPart();
    const { hasAlias } = this;
    this.hasAlias = false;
    return hasAlias;
  }

  /** Adds a text by its name; the second time, `asAlias`, by the names that it is an alias for. */
  addText(node: number, bytes: Uint8Array, start: number, end: number, asAlias: boolean): void {
    if (node < 0) return;
    if (this.asked.tagOnly[node] === 1) {
      if (!asAlias) this.resolved.addText(node, bytes, start, end);
    } else this.addNamed(node, bytes, start, end, asAlias);
  }

  /** Adds the tag bytes[start, end). */
  addTag(bytes: Uint8Array, start: number, end: number, asAlias: boolean): void {
    const { tags } = this;
    tags.one(bytes, start, end);
    const node = this.asked.names.findKey(-1, bytes, tags.keyStart, tags.keyEnd);
    if (node >= 0) this.addNamed(node, bytes, tags.valueStart, tags.valueEnd, asAlias);
  }

  private addNamed(
    node: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    asAlias: boolean,
  ): void {
    if (asAlias) {
      this.resolved.addTextAsAlias(node, bytes, start, end);
      return;
    }
    if ((this.asked.standsFor[node] as readonly number[]).length > 0) this.hasAlias = true;
    this.resolved.addText(node, bytes, start, end);
  }

  addInteger(node: number, hi: number, lo: number): void {
    if (this.resolved.wants(node)) this.resolved.add(node, Found.integer, NOTHING, hi, lo);
  }

  addFindings(scanResult: ScanResult, bytes: Uint8Array, scratch: Scratch): void {
    this.resolved.addFindings(scanResult, bytes, scratch);
  }

  /**
   * Begins a resource, a scope and a record, and puts the values of this series, which is at `at`
   * in the body.
   */
  report(evaluation: Evaluation, at: number): void {
    const { resolved } = this;
    const { values } = evaluation;
    evaluation.beginResource(at);
    if (this.asksResource) resolved.flush(values, Level.resource);
    evaluation.beginScope();
    if (this.asksScope) resolved.flush(values, Level.scope);
    evaluation.beginRecord();
    resolved.flush(values, Level.record);
    this.name.put(evaluation);
    this.unit.put(evaluation);
    const { type } = this;
    const isCount = type === SeriesType.count;
    if (!isCount && type !== SeriesType.rate && type !== SeriesType.gauge) return;
    if (this.typeSlot >= 0) values.putInt(this.typeSlot, 0, isCount ? SUM : GAUGE);
    if (isCount && this.temporalitySlot >= 0) values.putInt(this.temporalitySlot, 0, DELTA);
  }

  /** Keeps no bytes of the request. */
  release(): void {
    this.resolved.release();
    this.name.set(NOTHING, 0, 0);
    this.unit.set(NOTHING, 0, 0);
  }
}
