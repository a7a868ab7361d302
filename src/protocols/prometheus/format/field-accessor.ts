// The policy model's fields of a sample: its names, the metadata of its family, its labels. Looks
// only at what the program asks for; puts byte ranges, and unescapes only what has escapes.

import { sameRange } from "../../../core/bytes.ts";
import { encodeUtf8 } from "../../../core/utf8.ts";
import { Field, type FieldIndex, Scope } from "../../../policy/fields.ts";
import type { Evaluation } from "../../../policy/record-port.ts";
import { ByteBuffer } from "./byte-buffer.ts";
import type { Family } from "./family.ts";
import { FamilyType, METRIC_TYPES, type SuffixIndex, TEMPORALITIES } from "./family-type.ts";
import { type LabelSlots, labelSlotsOf } from "./label-slots.ts";
import { LABEL_WIDTH, type LineParser } from "./line-parser.ts";
import { UnescapeBuffer } from "./unescape.ts";

/** Labels that stand for resource attributes (OpenTelemetry, "Prometheus and OpenMetrics"). */
const RESOURCE_ATTRIBUTES = [
  ["job", "service.name"],
  ["instance", "service.instance.id"],
] as const;

interface ResourceLabel {
  readonly label: Uint8Array;
  readonly slot: number;
}

/** Where the parts of a sample are; `labels` has LABEL_WIDTH numbers for each label. */
export type SampleParts = Pick<
  LineParser,
  "labels" | "labelCount" | "nameBytes" | "nameStart" | "nameEnd"
>;

/**
 * Puts the fields of samples into an evaluation, by what its policies ask for.
 *
 * @example
 * const accessor = new FieldAccessor(evaluation);
 * accessor.begin();
 * accessor.asksAny(bytes, parser); // whether any policy looks at a label of this sample
 */
export class FieldAccessor {
  /** Whether a sample's outcome can depend on more than its name and its family. */
  readonly asksLabels: boolean;
  readonly evaluation: Evaluation;
  /** In the last sample: where the last requested label ends; 0: none was requested. */
  askedEnd = 0;
  /** Whether names and metadata are put only once for all consecutive samples that share them. */
  private readonly isScoped: boolean;
  /** The family and the suffix whose names are put. */
  private serial = -1;
  private suffix = -1;
  /** The sample's name; the family's name is in the family. */
  private readonly sampleName = new ByteBuffer(256);
  private readonly nameSlot: number;
  private readonly descriptionSlot: number;
  private readonly unitSlot: number;
  private readonly typeSlot: number;
  private readonly temporalitySlot: number;
  private readonly monotonicSlot: number;
  private readonly labelSlots: LabelSlots;
  private readonly hasLabels: boolean;
  private readonly resourceLabels: readonly ResourceLabel[];
  private readonly unescaped = new UnescapeBuffer();

  constructor(given: Evaluation) {
    const evaluation = given.withScopedFields?.() ?? given;
    const { fields } = evaluation;
    this.isScoped = given.withScopedFields !== undefined;
    const slot = (field: FieldIndex): number => fields.fieldSlots[field] ?? -1;
    this.evaluation = evaluation;
    this.nameSlot = slot(Field.name);
    this.descriptionSlot = slot(Field.description);
    this.unitSlot = slot(Field.unit);
    this.typeSlot = slot(Field.metric_type);
    this.temporalitySlot = slot(Field.aggregation_temporality);
    this.monotonicSlot = slot(Field.is_monotonic);
    const { paths } = fields;
    this.hasLabels = paths.root(Scope.record) >= 0 || paths.root(Scope.point) >= 0;
    this.labelSlots = labelSlotsOf(fields);
    this.resourceLabels = resourceLabelsOf(evaluation);
    this.asksLabels = this.hasLabels || this.resourceLabels.length > 0;
  }

  /** Begins a use of the evaluation, with nothing put yet. */
  begin(): void {
    const { evaluation } = this;
    evaluation.begin();
    evaluation.beginResource();
    evaluation.beginScope();
    this.serial = -1;
  }

  /** Puts what is requested of the sample whose parts are in `bytes`. */
  put(bytes: Uint8Array, parser: SampleParts, family: Family, suffix: SuffixIndex): void {
    const { evaluation, isScoped } = this;
    this.unescaped.reset();
    this.askedEnd = 0;
    if (this.resourceLabels.length > 0) this.putResource(bytes, parser);
    if (!isScoped) {
      evaluation.beginRecord();
      this.putFamily(parser, family, suffix);
    } else {
      if (this.serial !== family.serial || this.suffix !== suffix) {
        this.serial = family.serial;
        this.suffix = suffix;
        evaluation.beginScope();
        this.putFamily(parser, family, suffix);
      }
      evaluation.beginRecord();
    }
    if (this.hasLabels) this.putLabels(bytes, parser);
  }

  /** Whether any of the labels that `parser` has found in `bytes` is requested. */
  asksAny(bytes: Uint8Array, { labels, labelCount }: SampleParts): boolean {
    const end = labelCount * LABEL_WIDTH;
    for (let at = 0; at < end; at += LABEL_WIDTH) {
      // A name with escapes is not compared.
      if (((labels[at + 4] as number) & 1) !== 0) return true;
      const start = labels[at] as number;
      const stop = labels[at + 1] as number;
      if (this.labelSlots.slot(bytes, start, stop) >= 0) return true;
      for (const { label } of this.resourceLabels) {
        if (sameRange(label, 0, label.length, bytes, start, stop)) return true;
      }
    }
    return false;
  }

  /** Whether this label of samples is requested. */
  asksLabel(name: Uint8Array): boolean {
    return this.hasLabels && this.labelSlots.slot(name, 0, name.length) >= 0;
  }

  /** Puts a label of the sample that was put last; no exposition contains it in this form. */
  putLabel(name: Uint8Array, value: Uint8Array): void {
    const slot = this.hasLabels ? this.labelSlots.slot(name, 0, name.length) : -1;
    if (slot < 0) return;
    const { values } = this.evaluation;
    values.putString(slot, value, 0, value.length);
    const twin = this.labelSlots.twin(slot);
    if (twin >= 0) values.putString(twin, value, 0, value.length);
  }

  private putFamily(parser: SampleParts, family: Family, suffix: SuffixIndex): void {
    const { values } = this.evaluation;
    const { name } = family;
    if (this.nameSlot >= 0 && name.length > 0) {
      if (suffix === 0) values.putString(this.nameSlot, name.bytes, 0, name.length);
      else {
        // A copy, because the line may be gone before the name is.
        const { sampleName } = this;
        sampleName.clear();
        sampleName.append(parser.nameBytes, parser.nameStart, parser.nameEnd);
        values.putString(this.nameSlot, sampleName.bytes, 0, sampleName.length);
        // Either name may match: a policy that names the family applies to all of its samples.
        values.addString(this.nameSlot, name.bytes, 0, name.length);
      }
    }
    const { type, help, unit } = family;
    if (this.typeSlot >= 0) {
      const metricType = METRIC_TYPES[type] as number;
      if (metricType !== 0) values.putInt(this.typeSlot, 0, metricType);
    }
    if (this.temporalitySlot >= 0) {
      const temporality = TEMPORALITIES[type] as number;
      if (temporality !== 0) values.putInt(this.temporalitySlot, 0, temporality);
    }
    // Counters only grow.
    if (this.monotonicSlot >= 0 && type === FamilyType.counter) {
      values.putBool(this.monotonicSlot, true);
    }
    if (this.descriptionSlot >= 0 && help.length > 0) {
      values.putString(this.descriptionSlot, help.bytes, 0, help.length);
    }
    if (this.unitSlot >= 0 && unit.length > 0) {
      values.putString(this.unitSlot, unit.bytes, 0, unit.length);
    }
  }

  private putLabels(bytes: Uint8Array, parser: SampleParts): void {
    const { labelSlots, unescaped } = this;
    const { labels, labelCount } = parser;
    const end = labelCount * LABEL_WIDTH;
    for (let at = 0; at < end; at += LABEL_WIDTH) {
      const start = labels[at] as number;
      const stop = labels[at + 1] as number;
      let slot: number;
      if (((labels[at + 4] as number) & 1) === 0) slot = labelSlots.slot(bytes, start, stop);
      else {
        const from = unescaped.write(bytes, start, stop, true);
        slot = labelSlots.slot(unescaped.bytes, from, unescaped.end);
      }
      if (slot < 0) continue;
      this.putValue(slot, bytes, labels, at);
      const twin = labelSlots.twin(slot);
      if (twin >= 0) this.putValue(twin, bytes, labels, at);
    }
  }

  private putResource(bytes: Uint8Array, parser: SampleParts): void {
    const { evaluation, isScoped } = this;
    if (!isScoped) {
      evaluation.endScope();
      evaluation.endResource();
    }
    evaluation.beginResource();
    const { labels, labelCount } = parser;
    const end = labelCount * LABEL_WIDTH;
    for (const { label, slot } of this.resourceLabels) {
      for (let at = 0; at < end; at += LABEL_WIDTH) {
        const start = labels[at] as number;
        const stop = labels[at + 1] as number;
        if (!sameRange(label, 0, label.length, bytes, start, stop)) continue;
        this.putValue(slot, bytes, labels, at);
      }
    }
    if (!isScoped) evaluation.beginScope();
  }

  private putValue(slot: number, bytes: Uint8Array, labels: Int32Array, at: number): void {
    const start = labels[at + 2] as number;
    const end = labels[at + 3] as number;
    // The position after the closing quote.
    if (end + 1 > this.askedEnd) this.askedEnd = end + 1;
    const { values } = this.evaluation;
    if ((labels[at + 4] as number) & 2) {
      const from = this.unescaped.write(bytes, start, end, true);
      values.putString(slot, this.unescaped.bytes, from, this.unescaped.end);
    } else values.putString(slot, bytes, start, end);
  }
}

function resourceLabelsOf({ fields }: Evaluation): ResourceLabel[] {
  const root = fields.paths.root(Scope.resource);
  if (root < 0) return [];
  return RESOURCE_ATTRIBUTES.flatMap(([label, attribute]) => {
    const key = encodeUtf8(attribute);
    const node = fields.paths.child(root, key, 0, key.length);
    const slot = node < 0 ? -1 : fields.paths.slot(node);
    // Counting by service uses the target instead.
    return slot < 0 || slot === fields.countingSlot ? [] : [{ label: encodeUtf8(label), slot }];
  });
}
