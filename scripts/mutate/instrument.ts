// Makes every small change of files that is worth a test, all of them at once and switched by a
// variable: Stryker's own. Runs on Node, because Stryker's packages do. Arguments: the folder to
// write to, then files.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInjector, type Injector } from "typed-inject";

/** What is used of the package: by a name in a variable, because its types do not hold here. */
interface Stryker {
  createInstrumenter(injector: Injector<object>): {
    instrument(
      files: readonly { name: string; content: string; mutate: true }[],
      options: { plugins: null; ignorers: []; excludedMutations: readonly string[] },
    ): Promise<{
      files: readonly { name: string; content: string }[];
      mutants: readonly {
        id: string;
        fileName: string;
        location: { start: { line: number; column: number } };
        mutatorName: string;
        replacement?: string;
        status?: string;
      }[];
    }>;
  };
}
const PACKAGE: string = "@stryker-mutator/instrumenter";
const stryker = (await import(PACKAGE)) as Stryker;

/** One change. */
export interface Mutant {
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The kind of change, and what stands there instead. */
  readonly kind: string;
  readonly replacement: string;
}

const silent = (): boolean => false;
const logger = {
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  fatal: silent,
  isTraceEnabled: silent,
  isDebugEnabled: silent,
  isInfoEnabled: silent,
  isWarnEnabled: silent,
  isErrorEnabled: silent,
  isFatalEnabled: silent,
};

const [, , folder = "", ...names] = process.argv;
const injector = createInjector()
  .provideValue("logger", logger)
  .provideValue("getLogger", () => logger)
  .provideValue("options", {} as never);
const files = names.map((name) => ({
  name,
  content: readFileSync(name, "utf8"),
  mutate: true as const,
}));
const instrumented = await stryker.createInstrumenter(injector).instrument(files, {
  plugins: null,
  ignorers: [],
  // Words of errors: tests hold those that matter.
  excludedMutations: ["StringLiteral"],
});
for (const { name, content } of instrumented.files) {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
const mutants: Mutant[] = instrumented.mutants
  .filter(({ status }) => status !== "Ignored")
  .map(({ id, fileName, location, mutatorName, replacement }) => ({
    id,
    file: fileName,
    line: location.start.line + 1,
    column: location.start.column + 1,
    kind: mutatorName,
    replacement: replacement ?? "",
  }));
writeFileSync(join(folder, "mutants.json"), JSON.stringify(mutants));
