// Filters blocks of lines: has each line judged, by line rules and then by policies, and cuts and
// patches the block. What was neither dropped nor edited leaves as the bytes that came in, line
// ends included.

import { LINE_PARTS_BYTES_MAX } from "../../core/limits.ts";
import { Rewriter } from "../../core/rewriter.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import { Level } from "../../policy/fields.ts";
import type {
  Evaluation,
  FieldTable,
  FilterOutcome,
  RecordFormat,
} from "../../policy/record-port.ts";
import { ContainerBlock } from "./containers/container-block.ts";
import type { ContainerFormat } from "./containers/container-line.ts";
import { LineJudging, LineVerdict } from "./line-judging.ts";
import type { LineRules } from "./line-rules.ts";
import { NO_SCOPE, type ResourceAttributes, ResourceEditor } from "./resource-editor.ts";
import type { LineSyntax } from "./syntax/line-record.ts";

const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** The first byte of a byte order mark. */
const MARK = 0xef;
const NO_ATTRIBUTES: ResourceAttributes = new Map();

export interface LinesOptions {
  /** How a line is read; of containers' files, what the container wrote. */
  readonly syntax: LineSyntax;
  /** The lines are those of a container runtime. Default: they are not. */
  readonly container?: ContainerFormat | undefined;
  readonly rules?: LineRules | undefined;
  /**
   * Bytes of a block that may wait for the rest of a container's line; beyond that its parts are
   * judged as they are. Default LINE_PARTS_BYTES_MAX.
   */
  readonly heldBytesMax?: number;
}

export interface BlockOptions {
  /** What the lines come from. Default: no attributes. */
  readonly resource?: ResourceAttributes;
  /** Nothing follows: parts of a container's line are judged without the rest. Default true. */
  readonly isFinal?: boolean;
}

/** `records` and `dropped` count what containers wrote as lines, the others lines of the block. */
export interface LinesOutcome extends FilterOutcome {
  /** What of the block was judged, or passed; the rest is to come again with what follows. */
  readonly consumedBytes: number;
  readonly lines: number;
  /** Records that line rules dropped; they are not among `records`. */
  readonly excluded: number;
  /** Lines of the block that left, and their bytes: by rules and by policies. */
  readonly cutLines: number;
  readonly excludedBytes: number;
  readonly droppedBytes: number;
  /** Attributes of the resource, when policies edited them. */
  readonly resource?: ResourceAttributes;
}

/** Not re-entrant; one may serve any number of blocks, one after the other. */
export class LinesFormat implements RecordFormat {
  private readonly options: LinesOptions;
  private readonly rewriter = new Rewriter();
  private readonly container: ContainerBlock | undefined;
  private judging: LineJudging;
  /** Of the evaluation that `judging` was made for. */
  private fields: FieldTable | undefined;
  private lines = 0;
  private cutLines = 0;
  private excludedBytes = 0;
  private droppedBytes = 0;

  constructor(options: LinesOptions) {
    this.options = options;
    this.judging = new LineJudging(options.syntax, undefined, options.rules);
    const { container } = options;
    this.container = container && new ContainerBlock(container);
  }

  /** A block of whole lines, by policies and line rules. */
  filter(block: Uint8Array, evaluation: Evaluation): LinesOutcome {
    return this.filterBlock(block, evaluation, {});
  }

  /** Whether blocks pass as they are, so that nobody need look at their lines. */
  passes(evaluation: Evaluation | undefined): boolean {
    return evaluation === undefined && this.options.rules?.isEmpty !== false;
  }

  /**
   * Judges whole lines; only the last may have no line end. Without an evaluation there are line
   * rules only. What throws has aborted the evaluation.
   */
  filterBlock(
    block: Uint8Array,
    evaluation: Evaluation | undefined,
    { resource = NO_ATTRIBUTES, isFinal = true }: BlockOptions,
  ): LinesOutcome {
    this.open(evaluation);
    let isOver = false;
    evaluation?.begin();
    try {
      if (evaluation !== undefined) beginResource(evaluation, resource);
      const consumed = this.consumed(block, isFinal);
      this.rewriter.open(consumed);
      this.walk(consumed);
      const edited = evaluation && endResource(evaluation, resource);
      const outcome = this.outcome(consumed.length);
      isOver = true;
      return {
        ...outcome,
        ...(edited === undefined ? {} : { resource: edited }),
        settlement: evaluation?.commit(),
      };
    } finally {
      if (!isOver) evaluation?.abort();
      this.rewriter.release();
      this.judging.release();
      this.container?.release();
    }
  }

  private open(evaluation: Evaluation | undefined): void {
    if (evaluation !== undefined && evaluation.fields.signal !== "log") {
      throw new TypeError(`a program for ${evaluation.fields.signal}s cannot filter lines`);
    }
    if (this.fields !== evaluation?.fields) {
      const { rules, syntax } = this.options;
      this.fields = evaluation?.fields;
      this.judging = new LineJudging(syntax, this.fields, rules);
    }
    this.judging.begin(evaluation);
    this.lines = this.cutLines = this.excludedBytes = this.droppedBytes = 0;
  }

  /** The lines that can be judged. */
  private consumed(block: Uint8Array, isFinal: boolean): Uint8Array {
    if (isFinal || this.container === undefined) return block;
    const end = this.container.end(block, this.options.heldBytesMax ?? LINE_PARTS_BYTES_MAX);
    return end < block.length ? block.subarray(0, end) : block;
  }

  private walk(block: Uint8Array): void {
    const { container, judging, rewriter } = this;
    if (container === undefined) {
      this.walkLines(block);
      return;
    }
    container.walk(block, judging, rewriter);
    this.lines = container.lines;
    this.cutLines = container.cutLines;
    this.excludedBytes = container.excludedBytes;
    this.droppedBytes = container.droppedBytes;
  }

  private walkLines(block: Uint8Array): void {
    const { judging, rewriter } = this;
    const { length } = block;
    for (let at = 0; at < length;) {
      const newline = block.indexOf(NEWLINE, at);
      const next = newline < 0 ? length : newline + 1;
      let end = newline < 0 ? length : newline;
      if (end > at && block[end - 1] === RETURN) end--;
      const start = block[at] === MARK ? behindMark(block, at, end) : at;
      this.lines++;
      const verdict = judging.judge(block, start, end);
      if (verdict >= LineVerdict.drop) {
        if (verdict === LineVerdict.drop) this.droppedBytes += next - at;
        else this.excludedBytes += next - at;
        this.cutLines++;
        rewriter.copyTo(at);
        rewriter.skipTo(next);
      } else if (verdict === LineVerdict.edit) {
        rewriter.replace(start, end, judging.text, 0, judging.text.length);
      }
      at = next;
    }
  }

  private outcome(consumedBytes: number): LinesOutcome {
    const { cutLines, droppedBytes, excludedBytes, judging, lines, rewriter } = this;
    const { dropped, edited, excluded, records, unreadable } = judging;
    const counts = { records, dropped, unreadable, edited };
    const ofLines = { consumedBytes, lines, excluded, cutLines, excludedBytes, droppedBytes };
    if (cutLines + edited === 0) return { ...counts, ...ofLines };
    return { ...counts, ...ofLines, body: rewriter.finish() };
  }
}

/** Behind the mark of UTF-8, which some write before a file, or each time they open it. */
function behindMark(block: Uint8Array, at: number, end: number): number {
  return end - at >= 3 && block[at + 1] === 0xbb && block[at + 2] === 0xbf ? at + 3 : at;
}

function beginResource(evaluation: Evaluation, resource: ResourceAttributes): void {
  evaluation.beginResource();
  const { fields, values } = evaluation;
  if (fields.asks(Level.resource)) {
    fields.refs.forEach((ref, slot) => {
      if (ref.kind !== "attribute" || ref.scope !== "resource") return;
      const text = resource.get(ref.path.join("."));
      if (text === undefined) return;
      const bytes = encodeUtf8(text);
      values.putString(slot, bytes, 0, bytes.length);
    });
  }
  evaluation.beginScope();
}

/** The attributes as policies edited them; undefined: they did not. */
function endResource(
  evaluation: Evaluation,
  resource: ResourceAttributes,
): ResourceAttributes | undefined {
  if (evaluation.endScope()) evaluation.editScope(NO_SCOPE);
  if (!evaluation.endResource()) return undefined;
  const editor = new ResourceEditor(resource);
  evaluation.editResource(editor);
  return editor.changed ? editor.result : undefined;
}
