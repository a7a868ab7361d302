// Converts text from variables and command lines to the type that a key needs.

import { DocumentError, parseJson } from "../core/document/index.ts";
import { CONFIG_DEPTH_MAX } from "../core/limits.ts";
import { type Plain, quote, toPlain } from "./draft.ts";
import type { KeyEntry } from "./keys.ts";

export type FromText =
  | { readonly ok: true; readonly value: Plain }
  /** Ends with a full stop. */
  | { readonly ok: false; readonly reason: string };

/**
 * Numbers are decimal; true and false may also be 1 and 0. A list of single values is separated by
 * commas, a list of objects, and a map, are JSON. What does not fit a text's own rules is left to
 * the schema.
 */
export function fromText({ hint, items }: KeyEntry, text: string): FromText {
  if (hint.kind === "map" || (hint.kind === "list" && items === undefined)) return fromJson(text);
  if (hint.kind !== "list") return single(hint.kind, text, hint.allowed);
  const kind = items?.kind ?? "text";
  const values: Plain[] = [];
  for (const item of splitList(text)) {
    const read = single(kind, item, hint.allowed);
    if (!read.ok) return read;
    values.push(read.value);
  }
  return { ok: true, value: values };

  function fromJson(json: string): FromText {
    try {
      return { ok: true, value: toPlain(parseJson(json, CONFIG_DEPTH_MAX)) };
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      const place = `${error.wordless} at character ${error.offset + 1}`;
      return { ok: false, reason: `is not JSON: ${place}; allowed: ${hint.allowed}, as JSON.` };
    }
  }
}

/** The items of a list of texts, each as `fromText` reads a single one. */
export function fromTexts({ hint, items }: KeyEntry, texts: readonly string[]): FromText {
  const values: Plain[] = [];
  for (const text of texts) {
    const read = single(items?.kind ?? "text", text, hint.allowed);
    if (!read.ok) return read;
    values.push(read.value);
  }
  return { ok: true, value: values };
}

function single(kind: KeyEntry["hint"]["kind"], text: string, allowed: string): FromText {
  switch (kind) {
    case "integer":
      if (/^-?[0-9]{1,15}$/.test(text)) return { ok: true, value: Number(text) };
      return wrong(text, "a whole number", allowed);
    case "number":
      if (/^-?[0-9]{1,15}(?:\.[0-9]{1,15})?$/.test(text)) return { ok: true, value: Number(text) };
      return wrong(text, "a number", allowed);
    case "flag":
      if (text === "true" || text === "1") return { ok: true, value: true };
      if (text === "false" || text === "0") return { ok: true, value: false };
      return wrong(text, "true or false", "true, false, 1 or 0");
    default:
      return { ok: true, value: text };
  }
}

function wrong(text: string, noun: string, allowed: string): FromText {
  return { ok: false, reason: `${quote(text)} is not ${noun}; allowed: ${allowed}.` };
}

/**
 * Splits at commas, and takes the blanks around each item away. `\,` is a comma, `\\` a backslash;
 * a comma within `${…}` separates nothing.
 */
export function splitList(text: string): readonly string[] {
  const items: string[] = [];
  let item = "";
  for (const [piece] of text.matchAll(/\\[,\\]|\$\$\{|\$\{[^}]*\}|[^]/g)) {
    if (piece === ",") {
      items.push(item.trim());
      item = "";
    } else item += piece === "\\," || piece === "\\\\" ? piece.slice(1) : piece;
  }
  return [...items, item.trim()];
}
