// The text of a policy file, JSON or YAML, to a plain tree that the policy decoder reads. Exact
// about what text formats are careless with: duplicate keys are errors, integers keep 64 bits, and
// every problem has a line and a column.

import { extname } from "node:path";
import { JsonError, JsonPlaces, parseJsonSteps } from "../../policy/decode/index.ts";
import type { PathSegment } from "../../policy/decode/index.ts";
import { parseYaml, YamlError } from "./yaml.ts";

/** Both count from 1; columns in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface PolicyDocument {
  /** Objects, lists, strings, booleans, numbers and null; whole numbers beyond 2^53 are bigint. */
  readonly tree: unknown;
  /**
   * Where the value at a path stands; the nearest one above it when it does not exist. Keys may be
   * in snake_case or lowerCamelCase. The text is read again on the first call.
   */
  readonly locate: (path: readonly PathSegment[]) => Position;
}

/** A file that cannot be read as a document: `<file>:<line>:<column>: <what>`. */
export class PolicyDocumentError extends Error {
  readonly code = "policy_document";
  readonly file: string;
  readonly reason: string;
  readonly line: number;
  readonly column: number;
  constructor(file: string, reason: string, { line, column }: Position) {
    super(`${file}:${line}:${column}: ${reason}`);
    this.name = "PolicyDocumentError";
    this.file = file;
    this.reason = reason;
    this.line = line;
    this.column = column;
  }
}

/**
 * Parses a policy file. The format is that of the file's extension (.json, .yaml, .yml), else JSON
 * when it begins with `{` or `[`, else YAML 1.2. Throws PolicyDocumentError.
 */
export function parsePolicyDocument(text: string, fileName: string): PolicyDocument {
  if (!isJson(text, fileName)) return yamlDocument(text, fileName);
  const steps = jsonDocumentSteps(text, fileName);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

export function isJson(text: string, fileName: string): boolean {
  const extension = extname(fileName).toLowerCase();
  if (extension === ".json") return true;
  if (extension === ".yaml" || extension === ".yml") return false;
  return /^\uFEFF?\s*[{[]/.test(text);
}

/** In steps of about a millisecond. Throws PolicyDocumentError. */
export function* jsonDocumentSteps(
  text: string,
  fileName: string,
): Generator<undefined, PolicyDocument> {
  const lines = new Lines(text);
  let tree: unknown;
  try {
    tree = yield* parseJsonSteps(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    // The path may be that of another file, which holds secrets: no word of it is shown.
    throw new PolicyDocumentError(fileName, error.wordless, lines.positionOf(error.offset));
  }
  const places = new JsonPlaces(text);
  return { tree, locate: (path) => lines.positionOf(places.offsetOf(path)) };
}

/** Line starts of a text, found when they are first asked for. */
class Lines {
  private readonly text: string;
  private starts: number[] | undefined;

  constructor(text: string) {
    this.text = text;
  }

  positionOf(offset: number): Position {
    const starts = (this.starts ??= startsOf(this.text));
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }
}

function startsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function yamlDocument(text: string, fileName: string): PolicyDocument {
  const lines = new Lines(text);
  try {
    const { tree, offsetOf } = parseYaml(text);
    return { tree, locate: (path) => lines.positionOf(offsetOf(path)) };
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new PolicyDocumentError(fileName, error.message, lines.positionOf(error.offset));
  }
}
