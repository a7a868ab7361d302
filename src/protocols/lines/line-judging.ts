// Judges one line after the other: first by line rules, then by policies. Counts the outcomes.

import type { Evaluation, FieldTable } from "../../policy/record-port.ts";
import { Verdict } from "../../policy/record-port.ts";
import type { LineRules } from "./line-rules.ts";
import { AutoRecord } from "./syntax/auto-record.ts";
import { JsonRecord } from "./syntax/json-record.ts";
import type { LineRecord, LineSyntax } from "./syntax/line-record.ts";
import { LogfmtRecord } from "./syntax/logfmt-record.ts";
import { RawRecord } from "./syntax/raw-record.ts";

/** What becomes of a line; `drop` is by policies, `exclude` by a line rule. */
export const LineVerdict = { keep: 0, edit: 1, drop: 2, exclude: 3 } as const;
export type LineVerdictIndex = (typeof LineVerdict)[keyof typeof LineVerdict];

const NOTHING = new Uint8Array(0);

/** What lines are called that policies have copied. */
export const LINE_ENCODING = "line";

export class LineJudging {
  private readonly record: LineRecord | undefined;
  private readonly rules: LineRules | undefined;
  private evaluation: Evaluation | undefined;
  /** What the line becomes that was judged last, when the verdict is `edit`. */
  text: Uint8Array = NOTHING;
  records = 0;
  dropped = 0;
  edited = 0;
  unreadable = 0;
  excluded = 0;

  /** `fields`: what policies look at; undefined: there are none. */
  constructor(syntax: LineSyntax, fields: FieldTable | undefined, rules: LineRules | undefined) {
    this.record = fields && recordOf(syntax, fields);
    this.rules = rules?.isEmpty === false ? rules : undefined;
  }

  /** Before the first line of a block; the evaluation has begun a scope by the time of that. */
  begin(evaluation: Evaluation | undefined): void {
    this.evaluation = evaluation;
    this.records = this.dropped = this.edited = this.unreadable = this.excluded = 0;
  }

  /** The line bytes[start, end), without its line end. */
  judge(bytes: Uint8Array, start: number, end: number): LineVerdictIndex {
    const { evaluation, record, rules } = this;
    if (rules !== undefined && !rules.keeps(bytes, start, end)) {
      this.excluded++;
      return LineVerdict.exclude;
    }
    this.records++;
    if (evaluation === undefined || record === undefined) return LineVerdict.keep;
    if (!record.read(bytes, start, end)) {
      this.unreadable++;
      return LineVerdict.keep;
    }
    evaluation.beginRecord();
    record.put(evaluation.values);
    const verdict = evaluation.decide(end - start);
    if (evaluation.offering) evaluation.offer(bytes, start, end, LINE_ENCODING);
    if (verdict === Verdict.keep) return LineVerdict.keep;
    if (verdict === Verdict.edit) return this.edit(evaluation, record);
    this.dropped++;
    return LineVerdict.drop;
  }

  /** A line that is none of the format that it is said to be of: it passes. */
  countUnreadable(): void {
    this.records++;
    this.unreadable++;
  }

  /** Keeps no bytes of lines. */
  release(): void {
    this.evaluation = undefined;
    this.text = NOTHING;
    this.record?.release();
  }

  private edit(evaluation: Evaluation, record: LineRecord): LineVerdictIndex {
    const editor = record.edit();
    evaluation.editRecord(editor);
    if (!editor.changed) return LineVerdict.keep;
    this.edited++;
    this.text = editor.print();
    return LineVerdict.edit;
  }
}

function recordOf(syntax: LineSyntax, fields: FieldTable): LineRecord {
  switch (syntax) {
    case "raw":
      return new RawRecord(fields);
    case "json":
      return new JsonRecord(fields);
    case "logfmt":
      return new LogfmtRecord(fields);
    case "auto":
      return new AutoRecord(fields);
  }
}
