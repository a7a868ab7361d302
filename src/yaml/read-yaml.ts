// Reads YAML exactly: duplicate keys are errors, whole numbers beyond 2^53 arrive as bigint, and
// every error has its place. Reading stops at the first fault: a text that is not YAML may have
// millions.

import { Composer, type Document, Parser } from "yaml";
import {
  DocumentError,
  type DocumentPath,
  type DocumentPlace,
} from "../core/document/document-error.ts";
import { type YamlOptions, YAML_REASONS } from "./options.ts";
import { TreeBuilder } from "./tree-builder.ts";
import { YamlPlaces } from "./yaml-places.ts";

export interface YamlDocument {
  /** Objects, lists, strings, booleans, numbers and null; whole numbers beyond 2^53 are bigint. */
  readonly tree: unknown;
  /** Works like that of JsonPlaces. */
  readonly find: (path: DocumentPath, isExact?: boolean) => DocumentPlace;
}

/** The composer's own type, which it does not export. */
type ErrorSource = number | readonly [number, number] | { readonly offset: number };

/** Throws DocumentError, without quoting the text. */
export function readYaml(text: string, options: YamlOptions): YamlDocument {
  const fail = (code: string, offset: number, message = code): never => {
    const reasons: Readonly<Partial<Record<string, string>>> = options.reasons ?? {};
    throw new DocumentError(text, reasons[code] ?? YAML_REASONS[code] ?? message, offset);
  };
  const { contents } = compose(text, options.findsDuplicatesFirst === true, fail);
  const builder = new TreeBuilder(options, fail);
  const tree = builder.build(contents);
  let places: YamlPlaces | undefined;
  const find = (path: DocumentPath, isExact?: boolean): DocumentPlace =>
    (places ??= new YamlPlaces(contents, builder.targets)).find(path, isExact);
  return { tree, find };
}

function compose(
  text: string,
  uniqueKeys: boolean,
  fail: (code: string, offset: number, message?: string) => never,
): Document.Parsed {
  const composer = new Composer({ intAsBigInt: true, merge: true, uniqueKeys });
  // The composer reports again what it catches.
  let first: DocumentError | undefined;
  const onError = (source: ErrorSource, code: string, message: string, warning?: boolean): void => {
    if (warning === true) return;
    if (first !== undefined) throw first;
    try {
      fail(code, startOf(source), message);
    } catch (error) {
      if (error instanceof DocumentError) first = error;
      throw error;
    }
  };
  Object.assign(composer, { onError });
  let document: Document.Parsed | undefined;
  let documents = 0;
  for (const token of new Parser().parse(text)) {
    if (token.type === "error") onError(token, "UNEXPECTED_TOKEN", token.message);
    if (token.type === "document" && ++documents > 1) fail("MULTIPLE_DOCS", token.offset);
    for (const one of composer.next(token)) document = one;
  }
  for (const one of composer.end(true, text.length)) document = one;
  const left = document?.errors[0];
  if (left !== undefined) fail(left.code, left.pos[0], left.message);
  return document ?? fail("UNEXPECTED_TOKEN", 0);
}

function startOf(source: ErrorSource): number {
  if (typeof source === "number") return source;
  return "offset" in source ? source.offset : source[0];
}
