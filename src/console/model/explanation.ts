// Explanations, as the page /_edge/explain returns them and as the engine in this page makes them.
// Pure.

import type { RecordExplanation } from "../../policy/index.ts";

export interface Explanation extends Omit<RecordExplanation, "winner"> {
  readonly winner?: { readonly id: string; readonly why: string } | null | undefined;
}

export interface ExplainPage {
  readonly note?: string;
  readonly explanations: readonly Explanation[];
}

export type VerdictWord = "kept" | "edited" | "dropped";

export function verdictOf({ verdict, edits }: Explanation): VerdictWord {
  if (verdict === "drop") return "dropped";
  return edits.some(({ changed }) => changed) ? "edited" : "kept";
}

/** JSON for people; other text as it is. Numbers of 64 bits keep their digits. */
export function indented(text: string): string {
  let depth = 0;
  let isString = false;
  let out = "";
  if (!/^\s*[{[]/.test(text)) return text;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (isString) {
      out += char;
      if (char === "\\") out += text[++at] ?? "";
      else if (char === '"') isString = false;
    } else if (char === '"') {
      isString = true;
      out += char;
    } else if (char === "{" || char === "[") {
      const next = /\S/.exec(text.slice(at + 1, at + 50))?.[0];
      const isEmpty = next === "}" || next === "]";
      out += isEmpty ? `${char}${next}` : `${char}\n${"  ".repeat(++depth)}`;
      if (isEmpty) at = text.indexOf(next, at + 1);
    } else if (char === "}" || char === "]") {
      depth = Math.max(0, depth - 1);
      out += `\n${"  ".repeat(depth)}${char}`;
    } else if (char === ",") {
      out += `,\n${"  ".repeat(depth)}`;
    } else if (char === ":") {
      out += ": ";
    } else if (!/\s/.test(char)) {
      out += char;
    }
  }
  return out;
}
