// Reports what checks found: line by line as they find it, or as one document at the end.

import { printable, printableJson } from "../core/printable.ts";
import { type CommandContext, ExitCode, type Invocation, valueOf } from "./command.ts";
import { JSON_FLAG } from "./policies/flags.ts";
import { looksLikeConfig, looksLikePolicies, textOf } from "./policy-files.ts";
import { type Finding, findingOf, pointed, printFinding } from "./terminal/finding.ts";
import { masked } from "./terminal/masked.ts";
import { COLOR_FLAG, type Paint, paintFor } from "./terminal/paint.ts";

export class FindingReport {
  readonly #context: CommandContext;
  readonly #isJson: boolean;
  readonly #paint: Paint;
  readonly #findings: Finding[] = [];
  readonly #texts = new Map<string, string | undefined>();
  #errors = 0;

  constructor(context: CommandContext, invocation: Invocation) {
    this.#context = context;
    this.#isJson = valueOf(invocation, JSON_FLAG) === true;
    this.#paint = paintFor(context.io, context.env, valueOf(invocation, COLOR_FLAG));
  }

  /** `file`: where it may be; `rule`: what it is an instance of. */
  found(severity: Finding["severity"], line: string, file: string, rule?: string): void {
    const found = findingOf(severity, line, [file]);
    const text = found.file === undefined ? undefined : this.#textOf(file);
    const finding = { ...pointed(found, text), ...(rule === undefined ? {} : { rule }) };
    this.#findings.push(finding);
    if (severity === "error") this.#errors++;
    if (this.#isJson) return;
    this.#context.io.out(printFinding(finding, shownOf(text), this.#paint));
  }

  /** Problems that have no line of their own. */
  uncounted(more: number): void {
    if (more <= 0) return;
    this.#errors += more;
    this.note(`and ${more} more problems.`);
  }

  note(line: string): void {
    if (!this.#isJson) this.#context.io.out(printable(`${line}\n`));
  }

  /** The exit code; `whenWarned`: that of warnings alone. */
  end(whenWarned: number = ExitCode.ok): number {
    const isOk = this.#errors === 0;
    const warnings = this.#findings.filter(({ severity }) => severity === "warning").length;
    if (this.#isJson) {
      const document = { ok: isOk, errors: this.#errors, findings: this.#findings };
      this.#context.io.out(printableJson(document));
    } else this.#context.io.out(`${this.#summary(warnings)}\n`);
    if (!isOk) return ExitCode.config;
    return warnings > 0 ? whenWarned : ExitCode.ok;
  }

  #summary(warnings: number): string {
    const counted = (count: number, word: string): string =>
      count === 1 ? `1 ${word}` : `${count} ${word}s`;
    const more = warnings === 0 ? "" : `, ${counted(warnings, "warning")}`;
    if (this.#errors > 0) return this.#paint("red", counted(this.#errors, "problem")) + more;
    return this.#paint("green", "no problems") + more;
  }

  #textOf(path: string): string | undefined {
    if (!this.#texts.has(path)) this.#texts.set(path, textOf(path, this.#context.readFile));
    return this.#texts.get(path);
  }
}

/** What may be shown of a file: what is neither policies nor a configuration may be all secret. */
function shownOf(text: string | undefined): string | undefined {
  if (text === undefined || looksLikePolicies(text)) return text;
  return looksLikeConfig(text) ? masked(text) : undefined;
}
