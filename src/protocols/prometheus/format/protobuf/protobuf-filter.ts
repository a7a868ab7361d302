// Filters a protobuf exposition, MetricFamily messages each preceded by its length, as it streams
// by: what is kept leaves byte for byte. It judges the same samples as the text filter does, those
// that Prometheus makes of a metric. Memory is bounded by the longest family that is judged.

import { UndecodableError } from "../../../../core/errors.ts";
import { FAMILY_BYTES_MAX, FAMILY_STEP_BYTES } from "../../../../core/limits.ts";
import { closeMessage, varintSize, writeVarint } from "../../../../core/protobuf/index.ts";
import { Rewriter } from "../../../../core/rewriter.ts";
import { ExpositionFilter, type ExpositionFilterOptions } from "../exposition-filter.ts";
import { Family } from "../family.ts";
import { FamilyMessage } from "./family-message.ts";
import { MetricFilter } from "./metric-filter.ts";
import { MetricMessage, PART_WIDTH, PartAt } from "./metric-message.ts";
import { MessageStream, type MessageTaker } from "./message-stream.ts";

/** The options of all expositions; sizes in bytes. */
export interface ProtobufFilterOptions extends ExpositionFilterOptions {
  /** The longest family that is judged. Default: FAMILY_BYTES_MAX. */
  readonly familyBytesMax?: number;
}

/**
 * An exposition in protobuf, filtered.
 *
 * @example
 * const filter = new ProtobufFilter({ evaluation, sink });
 * for await (const chunk of stream) filter.push(chunk);
 * filter.end();
 */
export class ProtobufFilter extends ExpositionFilter implements MessageTaker {
  protected readonly unreadableIs = "what is no MetricFamily or Metric";
  protected readonly tooLongIs = {
    reason: "family_too_large",
    detail: "families above 16 MiB",
  } as const;
  private readonly stream: MessageStream;
  private readonly family = new Family();
  private readonly familyMessage = new FamilyMessage();
  private readonly metric = new MetricMessage();
  private readonly filter: MetricFilter | undefined;
  /** Writes the current family. */
  private readonly rewriter = new Rewriter();

  constructor(options: ProtobufFilterOptions) {
    super(options);
    const { accessor, family, familyMessage, metric } = this;
    this.filter = accessor && new MetricFilter(accessor, family, familyMessage, metric);
    this.stream = new MessageStream(this, options.familyBytesMax ?? FAMILY_BYTES_MAX);
  }

  protected take(chunk: Uint8Array): Generator<undefined, void> {
    return this.stream.push(chunk);
  }

  protected finish(): void {
    this.stream.end();
  }

  *message(
    bytes: Uint8Array,
    lengthAt: number,
    start: number,
    end: number,
  ): Generator<undefined, void> {
    const payload = bytes.subarray(start, end);
    const left = yield* this.leftOf(payload);
    if (left === payload) this.writer.put(bytes, lengthAt, end);
    else if (left !== undefined) {
      const message = delimited(left);
      this.writer.put(message, 0, message.length);
    }
  }

  long(bytes: Uint8Array, start: number, end: number, isFirst: boolean): void {
    if (isFirst) this.tooLong++;
    this.writer.put(bytes, start, end);
  }

  lost(bytes: Uint8Array, start: number, end: number, isFirst: boolean): void {
    if (isFirst) this.unreadable++;
    this.writer.put(bytes, start, end);
  }

  /**
   * What is left of a family: the family itself if nothing is removed, undefined if everything is.
   */
  private *leftOf(family: Uint8Array): Generator<undefined, Uint8Array | undefined> {
    const { filter } = this;
    if (filter === undefined || this.accessor === undefined) return family;
    try {
      return yield* this.filteredFamily(family, filter);
    } catch (error) {
      if (error instanceof UndecodableError) this.unreadable++;
      else this.failed(error);
      return family;
    } finally {
      this.rewriter.release();
    }
  }

  private *filteredFamily(
    bytes: Uint8Array,
    filter: MetricFilter,
  ): Generator<undefined, Uint8Array | undefined> {
    const { family, familyMessage: message } = this;
    message.open(bytes);
    family.open(bytes, ...message.name);
    family.describeAs(message.type, bytes, message.help, message.unit);
    filter.begin();
    const { rewriter } = this;
    let isChanged = false;
    let kept = 0;
    let stepAt = FAMILY_STEP_BYTES;
    rewriter.open(bytes);
    while (message.nextMetric()) {
      const { fieldAt, start, end } = message;
      if (start > stepAt) {
        stepAt = start + FAMILY_STEP_BYTES;
        yield;
      }
      if (!this.isReadable(bytes)) {
        kept++;
        continue;
      }
      const isKept = filter.keeps(bytes, start, end);
      this.samples += filter.samples;
      this.dropped += filter.dropped;
      if (isKept) kept++;
      if (filter.dropped === 0) continue;
      isChanged = true;
      if (isKept) this.cutParts(filter.isCut);
      else rewriter.cut(fieldAt, end, rewriter.positionOf(fieldAt));
    }
    if (!isChanged) return bytes;
    return kept === 0 ? undefined : rewriter.finish();
  }

  /** Reads the current metric; one that cannot be read passes unchanged. */
  private isReadable(bytes: Uint8Array): boolean {
    const { start, end } = this.familyMessage;
    try {
      this.metric.read(bytes, start, end, this.family.type);
      return true;
    } catch (error) {
      if (!(error instanceof UndecodableError)) throw error;
      this.unreadable++;
      return false;
    }
  }

  /** Cuts buckets or quantiles out of the current metric. */
  private cutParts(isCut: Uint8Array): void {
    const { rewriter } = this;
    const { lengthAt, start, end } = this.familyMessage;
    const { parts, partCount } = this.metric;
    const position = rewriter.positionOf(lengthAt);
    const at = (number: number, index: number): number =>
      parts[number * PART_WIDTH + index] as number;
    // Usually there is one histogram or summary, but a message may contain it in pieces.
    let open = -1;
    let openPosition = 0;
    const close = (): void => {
      if (open < 0) return;
      const [valueStart, valueEnd] = [at(open, PartAt.valueStart), at(open, PartAt.valueEnd)];
      closeMessage(rewriter, at(open, PartAt.valueLengthAt), valueStart, valueEnd, openPosition);
    };
    for (let number = 0; number < partCount; number++) {
      if (isCut[number] !== 1) continue;
      const valueLengthAt = at(number, PartAt.valueLengthAt);
      if (open < 0 || valueLengthAt !== at(open, PartAt.valueLengthAt)) {
        close();
        open = number;
        openPosition = rewriter.positionOf(valueLengthAt);
      }
      const fieldAt = at(number, PartAt.fieldAt);
      rewriter.cut(fieldAt, at(number, PartAt.end), rewriter.positionOf(fieldAt));
    }
    close();
    closeMessage(rewriter, lengthAt, start, end, position);
  }
}

/** A message preceded by its length. */
function delimited(message: Uint8Array): Uint8Array {
  const out = new Uint8Array(varintSize(message.length) + message.length);
  out.set(message, writeVarint(out, 0, message.length));
  return out;
}
