// Judges batches, one after the other. A fault fails open: the batch leaves as it came, and is
// counted. Parts of a container's line are kept here until the rest of the line comes.

import { joinBytes } from "../../core/bytes.ts";
import { errorMessage } from "../../core/errors.ts";
import { LINE_PARTS_BYTES_MAX } from "../../core/limits.ts";
import type { EventBus } from "../../o11y/event-bus.ts";
import { leftOut } from "../../pipeline/delivery.ts";
import { emitTooCostly, NONE_TOO_COSTLY } from "../../pipeline/too-costly.ts";
import type { Evaluation } from "../../policy/index.ts";
import {
  type ContainerFormat,
  type LineRule,
  LineRules,
  LinesFormat,
  type LinesOutcome,
  type LineSyntax,
  type ResourceAttributes,
} from "../../protocols/lines/index.ts";
import type { RegexValidator } from "../../policy/index.ts";
import type { Judged, KeptLines, LineBatch, LineFilter, LineSource } from "../ports.ts";

/** How the lines of all sources are read. */
export type LineFormat = LineSyntax | ContainerFormat;

/** The value of the label `telemetry` in metrics of lines. */
export const LINES_TELEMETRY = "tail_logs";

export interface LineFilterOptions {
  readonly format: LineFormat;
  /** How what a container wrote is read. Default: `auto`. */
  readonly innerFormat?: LineSyntax;
  /** In the order in which they apply. Default: none. */
  readonly rules?: readonly LineRule[];
  /** Says what RE2 says of a rule's pattern. */
  readonly validateRegex: RegexValidator;
  /** Of the policies in force; undefined: there are none for logs. */
  readonly evaluation: () => Evaluation | undefined;
  /** Asked once for each source. */
  readonly resourceOf: (source: LineSource) => ResourceAttributes;
  readonly bus: EventBus;
  /**
   * Parts of a container's line leave together, even when there is nothing to judge: for outputs
   * that put them together. Default: they leave as they come then.
   */
  readonly joinsParts?: boolean;
  /** Bytes that wait for the rest of a container's line. Default LINE_PARTS_BYTES_MAX. */
  readonly heldBytesMax?: number;
}

const NEWLINE = 0x0a;

/** Throws LineRuleError for a rule that is no regular expression. */
export function createLineFilter(options: LineFilterOptions): LineFilter {
  return new BatchFilter(options);
}

class BatchFilter implements LineFilter {
  readonly #options: LineFilterOptions;
  readonly #format: LinesFormat;
  /** Lines have to be looked at, whether there is anything to judge or not. */
  readonly #looksAlways: boolean;
  /** By source: copies of what waits for more. */
  readonly #held = new Map<number, Uint8Array>();
  readonly #resources = new Map<number, ResourceAttributes>();

  constructor(options: LineFilterOptions) {
    this.#options = options;
    const { format, heldBytesMax = LINE_PARTS_BYTES_MAX, innerFormat = "auto" } = options;
    const container = format === "cri" || format === "docker" ? format : undefined;
    this.#looksAlways = container !== undefined && options.joinsParts === true;
    this.#format = new LinesFormat({
      syntax: format === "cri" || format === "docker" ? innerFormat : format,
      container,
      rules: new LineRules(options.rules ?? [], options.validateRegex),
      heldBytesMax,
    });
  }

  judge(batch: LineBatch): Judged {
    const { source, isOpen, isUnjudged } = batch;
    const held = this.#held.get(source.id);
    const heldBefore = held?.length ?? 0;
    const bytes = held === undefined ? batch.bytes : joinBytes([held, batch.bytes]);
    if (held !== undefined) this.#held.delete(source.id);
    const sourceBytes = batch.end - batch.start + heldBefore;
    const evaluation = this.#options.evaluation();
    if (isUnjudged || this.#passes(evaluation)) return this.#passed(source, bytes, sourceBytes);
    return this.#judged(source, bytes, sourceBytes, evaluation, isOpen);
  }

  #passes(evaluation: Evaluation | undefined): boolean {
    return !this.#looksAlways && this.#format.passes(evaluation);
  }

  finish(source: LineSource, isFinal: boolean): Judged | undefined {
    const held = this.#held.get(source.id);
    this.#held.delete(source.id);
    const judged =
      held !== undefined && isFinal
        ? this.#judged(source, held, held.length, this.#options.evaluation(), true)
        : undefined;
    this.#resources.delete(source.id);
    return judged;
  }

  carry(from: LineSource, to: LineSource): boolean {
    const held = this.#held.get(from.id);
    if (held === undefined) return false;
    this.#held.delete(from.id);
    const own = this.#held.get(to.id);
    this.#held.set(to.id, own === undefined ? held : joinBytes([held, own]));
    return true;
  }

  #judged(
    source: LineSource,
    bytes: Uint8Array,
    sourceBytes: number,
    evaluation: Evaluation | undefined,
    isFinal: boolean,
  ): Judged {
    const resource = this.#resourceOf(source);
    let outcome: LinesOutcome;
    try {
      outcome = this.#format.filterBlock(bytes, evaluation, { resource, isFinal });
    } catch (error) {
      evaluation?.takeTooCostly?.();
      this.#options.bus.emit("fail_open", {
        telemetry: LINES_TELEMETRY,
        reason: "internal_error",
        records: 0,
        detail: errorMessage(error),
      });
      return this.#passed(source, bytes, sourceBytes);
    }
    const { consumedBytes, cutLines, lines } = outcome;
    const heldBytes = bytes.length - consumedBytes;
    if (heldBytes > 0) this.#held.set(source.id, bytes.slice(consumedBytes));
    const consumed = heldBytes > 0 ? bytes.subarray(0, consumedBytes) : bytes;
    if (evaluation !== undefined) this.#tell(outcome, consumed, evaluation);
    const left = outcome.body ?? consumed;
    const judgedBytes = sourceBytes - heldBytes;
    // Of a line that was cut short on its way here, more left than came.
    const isAllCut = lines === cutLines;
    const cutBytes = isAllCut ? judgedBytes : outcome.droppedBytes + outcome.excludedBytes;
    const kept: KeptLines = {
      source,
      bytes: left,
      lines: lines - cutLines,
      isOpen: isOpenEnded(left),
      sourceBytes: judgedBytes - cutBytes,
      resource: outcome.resource ?? resource,
    };
    return { kept, droppedLines: cutLines, droppedBytes: cutBytes, heldBytes };
  }

  /** All of it stays. */
  #passed(source: LineSource, bytes: Uint8Array, sourceBytes: number): Judged {
    const kept: KeptLines = {
      source,
      bytes,
      lines: countLines(bytes),
      isOpen: isOpenEnded(bytes),
      sourceBytes,
      resource: this.#resourceOf(source),
    };
    return { kept, droppedLines: 0, droppedBytes: 0, heldBytes: 0 };
  }

  #resourceOf(source: LineSource): ResourceAttributes {
    let resource = this.#resources.get(source.id);
    if (resource === undefined) {
      resource = this.#options.resourceOf(source);
      this.#resources.set(source.id, resource);
    }
    return resource;
  }

  #tell(outcome: LinesOutcome, consumed: Uint8Array, evaluation: Evaluation): void {
    const { bus } = this.#options;
    const telemetry = LINES_TELEMETRY;
    const { body, dropped, edited, excludedBytes, records, settlement, unreadable } = outcome;
    const tooCostly = evaluation.takeTooCostly?.() ?? NONE_TOO_COSTLY;
    const bytes = {
      bytesIn: consumed.length - excludedBytes,
      bytesOut: (body ?? consumed).length,
    };
    bus.emit("records.evaluated", {
      telemetry,
      records,
      dropped,
      ...leftOut(settlement, unreadable + tooCostly.records, bytes),
      edited,
      ...bytes,
    });
    if (unreadable > 0) {
      const detail = "lines that cannot be read in their format";
      bus.emit("fail_open", {
        telemetry,
        reason: "unreadable_record",
        records: unreadable,
        detail,
      });
    }
    emitTooCostly(bus, telemetry, tooCostly);
  }
}

function isOpenEnded(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes[bytes.length - 1] !== NEWLINE;
}

/** Lines, one without an end among them. */
function countLines(bytes: Uint8Array): number {
  let lines = isOpenEnded(bytes) ? 1 : 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}
