// The fast parser is taken only where the exact one reads the same: what it takes for YAML beyond
// that is refused, with its place.

import { describe, expect, test } from "bun:test";
import { DocumentError } from "../../src/core/document/index.ts";
import { readYaml, readYamlQuickly } from "../../src/yaml/index.ts";

const BOUNDS = { depthMax: 64, unfoldedCharsMax: 1_000_000, reasons: {} };

/** What a reader makes of a text, or why it does not. */
function outcome(read: () => { readonly tree: unknown }): unknown {
  try {
    return { tree: read().tree };
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return error.message;
  }
}

describe("the fast parser differs from the exact one on", () => {
  const cases: readonly (readonly [what: string, text: string, refused: boolean])[] = [
    ["a word that begins with a comma", "- id: ,\n", true],
    ["a word that begins with a bracket", "- ]a\n", true],
    ["an indentation with tabs", "a:\n\t- b\n", true],
    ["a line that a carriage return alone ends", "a: b\rc: d\n", true],
    ["a control character", "a: \u007f\rb: \u007f", true],
    ["a document behind another's end", "a: b\n...\nc: d\n", true],
    ["documents without keys", "- a\n---\n- b\n", true],
    ["an empty key", "a: b\n: c\n", false],
    ["a flow collection whose end is not indented", "a: [b,\nc\n]\n", true],
  ];
  test.each(cases)("%s, which is read as the exact one reads it", (_, text, refused) => {
    const exact = outcome(() => readYaml(text, BOUNDS));
    expect(typeof exact === "string").toBe(refused);
    expect(outcome(() => readYamlQuickly(text))).toEqual(exact);
    // Otherwise the case shows nothing.
    expect(bunTree(text)).not.toEqual(exact);
  });
});

function bunTree(text: string): unknown {
  try {
    return { tree: Bun.YAML.parse(text) };
  } catch {
    return undefined;
  }
}
