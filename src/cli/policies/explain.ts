// `explain`: shows what policies do with records, and why. Loaded when it is called.

import { ConfigError } from "../../config/index.ts";
import { UndecodableError } from "../../core/errors.ts";
import { printable, printableJson } from "../../core/printable.ts";
import { createRegexValidator } from "../../re2/index.ts";
import { type CommandContext, ExitCode, type Invocation, valueOf } from "../command.ts";
import type { Distribution } from "../distribution.ts";
import { COLOR_FLAG, paintFor } from "../terminal/paint.ts";
import { loadPolicies } from "./engine.ts";
import { type Explained, explainBody } from "./explaining.ts";
import { EXPLAIN_FLAGS, POLICIES_FLAG } from "./flags.ts";
import { printExplained } from "./print-explained.ts";
import { captureBlocks, capturedIn, captureKindOf, nameOf } from "../replay/captures.ts";
import { LINE_FORMATS, RECORD_KINDS, type RecordBody } from "./records.ts";
import { readingOf, type TextBody } from "./text-lines.ts";

export async function explain(invocation: Invocation, context: CommandContext): Promise<number> {
  const { io, env, readFile, distribution } = context;
  const paths = valueOf(invocation, POLICIES_FLAG);
  if (paths === undefined) {
    io.err(`${distribution.program}: explain needs policies: --policies FILE.\n`);
    return ExitCode.usage;
  }
  try {
    const { engine, summaries } = await loadPolicies(paths, {
      readFile,
      validateRegex: createRegexValidator(),
    });
    for (const { id, errors } of summaries) {
      for (const error of errors) {
        io.err(printable(`warning: ${JSON.stringify(id)} is not in force: ${error}\n`));
      }
    }
    const policy = valueOf(invocation, EXPLAIN_FLAGS.policy);
    if (policy !== undefined && !summaries.some(({ id }) => id === policy)) {
      io.err(printable(`${distribution.program}: no policy ${JSON.stringify(policy)}.\n`));
      return ExitCode.usage;
    }
    const asked = valueOf(invocation, EXPLAIN_FLAGS.form);
    const report = new Report(
      invocation,
      context,
      paintFor(io, env, valueOf(invocation, COLOR_FLAG)),
    );
    for (const path of invocation.operands.length === 0 ? ["-"] : invocation.operands) {
      for await (const body of bodiesOfFile(path, asked, distribution)) {
        try {
          const { records, unexplained } = explainBody(engine, body);
          for (const record of records) report.add(record);
          report.unexplained += unexplained;
        } catch (error) {
          if (!(error instanceof UndecodableError)) throw error;
          throw new ConfigError([`${nameOf(path)}: ${error.message}`]);
        }
      }
    }
    report.end();
    return ExitCode.ok;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    io.err(printable(`${error.message}\n`));
    return ExitCode.config;
  }
}

async function* bodiesOfFile(
  path: string,
  asked: string | undefined,
  distribution: Distribution,
): AsyncGenerator<RecordBody | TextBody> {
  let read: ((block: Uint8Array) => Iterable<RecordBody | TextBody>) | undefined;
  for await (const block of captureBlocks(path, { bytes: 0 })) {
    read ??= readerFor(block, asked, distribution);
    yield* read(block);
  }
}

/** The tailer reads objects as lines in JSON, the others as Datadog's logs. */
function readerFor(
  first: Uint8Array,
  form: string | undefined,
  { label }: Distribution,
): (block: Uint8Array) => Iterable<RecordBody | TextBody> {
  const kind = RECORD_KINDS.find((one) => one === form) ?? captureKindOf(first);
  const isLines = form === undefined && label === TAILER && kind === "datadog";
  const format = isLines ? "json" : LINE_FORMATS.find((one) => one === form);
  if (format !== undefined) {
    const reading = readingOf(format);
    return (bytes) => [{ kind: "text", signal: "log", bytes, reading }];
  }
  return (bytes) => capturedIn(bytes, kind);
}

const TAILER = "tail";

class Report {
  unexplained = 0;
  readonly #context: CommandContext;
  readonly #isJson: boolean;
  readonly #onlyDropped: boolean;
  readonly #options: Parameters<typeof printExplained>[2];
  readonly #documents: unknown[] = [];
  #records = 0;
  #dropped = 0;
  #edited = 0;

  constructor(invocation: Invocation, context: CommandContext, paint: ReturnType<typeof paintFor>) {
    this.#context = context;
    this.#isJson = valueOf(invocation, EXPLAIN_FLAGS.json) === true;
    this.#onlyDropped = valueOf(invocation, EXPLAIN_FLAGS.onlyDropped) === true;
    const all = valueOf(invocation, EXPLAIN_FLAGS.all) === true;
    this.#options = { paint, all, policy: valueOf(invocation, EXPLAIN_FLAGS.policy) };
  }

  add(record: Explained): void {
    this.#records++;
    if (record.verdict === "drop") this.#dropped++;
    else if (record.edits.some(({ changed }) => changed)) this.#edited++;
    if (this.#onlyDropped && record.verdict !== "drop") return;
    if (this.#isJson) this.#documents.push(this.#documentOf(record));
    else this.#context.io.out(printExplained(this.#records, record, this.#options));
  }

  #documentOf({ policies, winner, ...rest }: Explained): unknown {
    const { all, policy } = this.#options;
    const shown = policies.filter(({ id }) => (policy === undefined ? all : id === policy));
    const more = shown.length > 0 ? { policies: shown } : {};
    return { record: this.#records, winner: winner ?? null, ...rest, ...more };
  }

  end(): void {
    const counts = {
      records: this.#records,
      dropped: this.#dropped,
      edited: this.#edited,
      unexplained: this.unexplained,
    };
    if (this.#isJson) {
      const document = { ...counts, explanations: this.#documents };
      this.#context.io.out(printableJson(document));
      return;
    }
    const { records, dropped, edited, unexplained } = counts;
    const kept = `${records - dropped} kept, ${edited} of them edited`;
    const more =
      unexplained === 0
        ? ""
        : `; ${unexplained} more that no policy looks at, or that cannot be read`;
    const counted = records === 1 ? "1 record" : `${records} records`;
    this.#context.io.out(`${counted}: ${dropped} dropped, ${kept}${more}\n`);
  }
}
