// Judges one metric of a protobuf exposition as the samples that Prometheus makes of it, under the
// names and labels that it gives them. Buckets and quantiles can be removed one by one. The count,
// the sum and a native histogram cannot, because a field without its number reads as 0: they are
// removed together with the last of the others.

import { encodeUtf8 } from "../../../../core/utf8.ts";
import { Verdict } from "../../../../policy/record-port.ts";
import { ByteBuffer } from "../byte-buffer.ts";
import { FamilyType, Suffix, suffixBytes, SUFFIX_COUNT, type SuffixIndex } from "../family-type.ts";
import type { Family } from "../family.ts";
import type { FieldAccessor } from "../field-accessor.ts";
import type { FamilyMessage } from "./family-message.ts";
import { type MetricMessage, PART_WIDTH, PartAt } from "./metric-message.ts";
import { numberText, openMetricsText } from "./number-text.ts";

const BUCKET_LABEL = encodeUtf8("le");
const QUANTILE_LABEL = encodeUtf8("quantile");

const KEY_TEXTS_MAX = 1024;

export class MetricFilter {
  /** The number of samples of the metric that was judged last, and how many of them are dropped. */
  samples = 0;
  dropped = 0;
  /** By number of a bucket or quantile: 1 if it is removed by itself. */
  isCut = new Uint8Array(32);
  private readonly accessor: FieldAccessor;
  private readonly family: Family;
  private readonly message: FamilyMessage;
  private readonly metric: MetricMessage;
  private readonly asksBucket: boolean;
  private readonly asksQuantile: boolean;
  /** By suffix: whether samples of the family are kept because no policy looks at them. */
  private readonly passes = new Uint8Array(SUFFIX_COUNT);
  /** Spellings of bounds and quantiles, because the same few occur again and again. */
  private readonly keyTexts = new Map<number, readonly Uint8Array[]>();
  private readonly sampleName = new ByteBuffer(256);
  /** The current metric. */
  private bytes: Uint8Array = new Uint8Array(0);
  private start = 0;
  private end = 0;
  /** Its family without other metrics, once it was offered. */
  private lone: Uint8Array | undefined;

  constructor(
    accessor: FieldAccessor,
    family: Family,
    message: FamilyMessage,
    metric: MetricMessage,
  ) {
    this.accessor = accessor;
    this.family = family;
    this.message = message;
    this.metric = metric;
    this.asksBucket = accessor.asksLabel(BUCKET_LABEL);
    this.asksQuantile = accessor.asksLabel(QUANTILE_LABEL);
  }

  /** Another family has been opened. */
  begin(): void {
    this.passes.fill(0);
  }

  /** Whether the metric bytes[start, end), which has just been read, stays. */
  keeps(bytes: Uint8Array, start: number, end: number): boolean {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.samples = 0;
    this.dropped = 0;
    this.lone = undefined;
    const isKept = this.keepsAny();
    if (!isKept) this.dropped = this.samples;
    return isKept;
  }

  private keepsAny(): boolean {
    const { metric } = this;
    const { type } = this.family;
    const bytes = this.end - this.start;
    if (type === FamilyType.summary) {
      const own = bytes - this.partsBytes();
      const count = this.keepsSample(Suffix.count, own);
      const sum = this.keepsSample(Suffix.sum, 0);
      const quantiles = this.keepsParts(Suffix.none, this.asksQuantile, QUANTILE_LABEL);
      return count || sum || quantiles;
    }
    if (type !== FamilyType.histogram && type !== FamilyType.gaugehistogram) {
      return this.keepsSample(Suffix.none, bytes);
    }
    const isNative = metric.isNative && this.keepsSample(Suffix.none, bytes - this.partsBytes());
    if (metric.isNative && metric.partCount === 0) return isNative;
    const count = this.keepsSample(Suffix.count, metric.isNative ? 0 : bytes - this.partsBytes());
    const sum = this.keepsSample(Suffix.sum, 0);
    const buckets = this.keepsParts(Suffix.bucket, this.asksBucket, BUCKET_LABEL);
    return isNative || count || sum || buckets;
  }

  private partsBytes(): number {
    const { parts, partCount } = this.metric;
    let bytes = 0;
    for (let at = 0; at < partCount * PART_WIDTH; at += PART_WIDTH) {
      bytes += (parts[at + PartAt.end] as number) - (parts[at + PartAt.fieldAt] as number);
    }
    return bytes;
  }

  /** Judges the buckets or quantiles. Returns whether any stays. */
  private keepsParts(suffix: SuffixIndex, asksKey: boolean, label: Uint8Array): boolean {
    const { metric } = this;
    const { parts, partCount, keys } = metric;
    const { evaluation } = this.accessor;
    if (this.isCut.length < partCount) this.isCut = new Uint8Array(partCount * 2);
    const { isCut } = this;
    isCut.fill(0, 0, partCount);
    let keepsAny = false;
    // The last bucket is in every histogram, whether or not it is written.
    const isLastToCome = suffix === Suffix.bucket && !metric.hasLastBucket;
    for (let number = 0; number < partCount; number++) {
      const at = number * PART_WIDTH;
      const bytes = (parts[at + PartAt.end] as number) - (parts[at + PartAt.fieldAt] as number);
      const key = keys[number] as number;
      if (this.keepsSample(suffix, bytes, asksKey ? label : undefined, key)) keepsAny = true;
      else {
        isCut[number] = 1;
        this.dropped++;
      }
      // The others do not differ in anything that a policy asks for.
      if (!asksKey && evaluation.matching === false && !evaluation.offering) {
        this.samples += partCount - number - 1 + (isLastToCome ? 1 : 0);
        return true;
      }
    }
    if (!isLastToCome) return keepsAny;
    const key = Number.POSITIVE_INFINITY;
    return this.keepsSample(suffix, 0, asksKey ? label : undefined, key) || keepsAny;
  }

  private keepsSample(suffix: SuffixIndex, bytes: number, label?: Uint8Array, key = 0): boolean {
    const { accessor, family, metric, passes } = this;
    const { evaluation } = accessor;
    this.samples++;
    if (passes[suffix] === 1) return true;
    if (suffix !== Suffix.none) this.nameSample(suffix);
    accessor.put(this.bytes, metric, family, suffix);
    if (label !== undefined) this.putKey(label, key);
    const verdict = evaluation.decide(bytes);
    if (evaluation.offering) {
      // A metric alone does not say which family it belongs to.
      const lone = (this.lone ??= this.message.withOneMetric(this.bytes));
      evaluation.offer(lone, 0, lone.length, "prometheus_protobuf");
    } else if (evaluation.matching === false && !accessor.asksLabels) passes[suffix] = 1;
    return verdict !== Verdict.drop;
  }

  /** Either spelling may match. */
  private putKey(label: Uint8Array, key: number): void {
    let texts = this.keyTexts.get(key);
    if (texts === undefined) {
      if (this.keyTexts.size === KEY_TEXTS_MAX) this.keyTexts.clear();
      texts = [...new Set([numberText(key), openMetricsText(key)])].map((text) => encodeUtf8(text));
      this.keyTexts.set(key, texts);
    }
    for (const text of texts) this.accessor.putLabel(label, text);
  }

  private nameSample(suffix: SuffixIndex): void {
    const { sampleName, metric } = this;
    const { name } = this.family;
    const end = suffixBytes(suffix);
    sampleName.clear();
    sampleName.append(name.bytes, 0, name.length);
    sampleName.append(end, 0, end.length);
    metric.nameBytes = sampleName.bytes;
    metric.nameStart = 0;
    metric.nameEnd = sampleName.length;
  }
}
