// YAML: the fast parser is taken only where the exact one reads the same, and places are found in
// whatever was read.

import { DocumentError } from "../../../../src/core/document/index.ts";
import { readYaml, readYamlQuickly } from "../../../../src/yaml/index.ts";
import { expectSame, type FuzzTarget } from "../../fuzz-target.ts";

const BOUNDS = { depthMax: 64, unfoldedCharsMax: 1_000_000, reasons: {} };

export const target: FuzzTarget = {
  seeds: [
    "policies:\n  - id: a\n    log: {match: [{log_field: body, regex: 'a+'}], keep: 50%}\n",
    "a: &x [1, 0x1f, 1e3, .inf, ~, true]\nb: *x\n? c\n: |\n  text\n  more\n",
    '---\n# comment\n- "q\\n\\u00e9"\n- >-\n  folded\n- !!str 1\n- {<<: {a: 1}, b: 2}\n...\n',
    "a: b: c\n",
  ],
  words: ["- ", ": ", "\n  ", "|\n", "? ", "&a ", "*a", "<<: ", "!!int ", "---\n", "...\n", "\t"],
  check(input) {
    const text = new TextDecoder().decode(input);
    const exact = read(() => readYaml(text, BOUNDS));
    const quick = read(() => readYamlQuickly(text));
    // A text that only the bounds refuse is of no interest.
    if (typeof quick === "string") return;
    if (typeof exact === "string") throw new Error(`read although ${exact}`);
    expectSame("read", written(quick.tree), written(exact.tree));
    if (quick.find([]).offset < 0) throw new Error("no place");
  },
};

/** Zeros have no sign there. */
function written(tree: unknown): string {
  return JSON.stringify(tree, (_, one: unknown) => (typeof one === "bigint" ? `${one}n` : one));
}

/** Or why it is none. */
function read<T>(reading: () => T): T | string {
  try {
    return reading();
  } catch (error) {
    if (error instanceof DocumentError) return error.message;
    throw error;
  }
}
