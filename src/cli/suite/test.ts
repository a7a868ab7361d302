// `test`: runs test cases of policies. Loaded when it is called.

import { watch, writeFileSync } from "node:fs";
import { printable, printableJson } from "../../core/printable.ts";
import { WATCH_SETTLE_MS } from "../../core/limits.ts";
import { type CommandContext, ExitCode, type Invocation, valueOf } from "../command.ts";
import { TEST_FLAGS } from "../policies/flags.ts";
import { printExplained } from "../policies/print-explained.ts";
import { COLOR_FLAG, type Paint, paintFor } from "../terminal/paint.ts";
import { discover } from "./discover.ts";
import { junitOf } from "./junit.ts";
import { type CaseResult, type Failure, runCase } from "./run-case.ts";

export async function test(invocation: Invocation, context: CommandContext): Promise<number> {
  if (invocation.operands.length === 0) {
    context.io.err(`${context.distribution.program}: test needs a folder or a suite.\n`);
    return ExitCode.usage;
  }
  if (valueOf(invocation, TEST_FLAGS.watch) !== true) return runAll(invocation, context);
  for (;;) {
    runAll(invocation, context);
    const change = changed(invocation.operands);
    context.io.out("waiting for changes\n");
    await change;
  }
}

function runAll(invocation: Invocation, context: CommandContext): number {
  const { io, env } = context;
  const { cases, faults } = discover(invocation.operands);
  const isJson = valueOf(invocation, TEST_FLAGS.json) === true;
  const updates = valueOf(invocation, TEST_FLAGS.update) === true;
  const paint = paintFor(io, env, valueOf(invocation, COLOR_FLAG));
  const results = cases.map(runCase);
  let updated = 0;
  for (const result of updates ? results : []) updated += write(result);
  const after = updated > 0 ? discover(invocation.operands).cases.map(runCase) : results;
  const junit = valueOf(invocation, TEST_FLAGS.junit);
  if (junit !== undefined) writeFileSync(junit, junitOf(after, faults));
  const failed = after.filter(({ failures }) => failures.length > 0);
  if (isJson) io.out(printableJson(documentOf(after, faults)));
  else {
    for (const fault of faults) io.out(printable(`${paint("red", "error")} ${fault}\n`));
    for (const result of failed) io.out(printed(result, paint));
    const counts = [`${after.length - failed.length} passed`, `${failed.length} failed`];
    if (faults.length > 0) counts.push(`${faults.length} not read`);
    if (updated > 0) counts.push(`${updated} ${updated === 1 ? "file" : "files"} written`);
    const isFine = failed.length + faults.length === 0;
    io.out(`${paint(isFine ? "green" : "red", counts.join(", "))}\n`);
  }
  if (faults.length > 0) return ExitCode.config;
  return failed.length === 0 && after.length > 0 ? ExitCode.ok : ExitCode.failed;
}

function write({ updates }: CaseResult): number {
  for (const [path, document] of updates) {
    writeFileSync(path, document);
  }
  return updates.size;
}

function printed({ test: { name, path }, failures }: CaseResult, paint: Paint): string {
  const head = `${paint("red", "failed")} ${paint("bold", printable(name))} ${printable(path)}\n`;
  return head + failures.map((failure) => printedFailure(failure, paint)).join("");
}

function printedFailure({ what, record }: Failure, paint: Paint): string {
  const first = `  ${printable(what)}\n`;
  if (record === undefined) return first;
  const text = printExplained(record.number, record.explained, {
    paint,
    all: false,
    policy: undefined,
  });
  return first + text.replace(/^(?=.)/gm, "    ");
}

function documentOf(results: readonly CaseResult[], faults: readonly string[]): unknown {
  return {
    passed: results.filter(({ failures }) => failures.length === 0).length,
    failed: results.filter(({ failures }) => failures.length > 0).length,
    faults,
    cases: results.map(({ test: { name, path }, failures }) => ({
      name,
      path,
      failures: failures.map(({ what, record }) => {
        if (record === undefined) return { what };
        const { winner = null, verdict, text } = record.explained;
        return { what, record: record.number, verdict, winner, text };
      }),
    })),
  };
}

/** When any file below changes; editors write several times in a row. */
async function changed(paths: readonly string[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watchers = paths.map((path) => watch(path, { recursive: true }, () => resolve()));
  await promise;
  for (const watcher of watchers) watcher.close();
  await Bun.sleep(WATCH_SETTLE_MS);
}
