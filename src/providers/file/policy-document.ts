// Turns the text of a policy file, JSON or YAML, into a plain tree that the policy decoder reads.
// Exact where text formats are careless: duplicate keys are errors, integers keep 64 bits, and
// every problem has a line and a column.

import {
  allSteps,
  DocumentError,
  type DocumentPath,
  JsonPlaces,
  parseJsonSteps,
  type Position,
  Positions,
} from "../../core/document/index.ts";
import { isJsonFile, readYamlQuickly } from "../../yaml/index.ts";

/** The words for faults whose cure is another in policy files. */
const YAML_REASONS = {
  MULTIPLE_DOCS: 'several documents; put all policies into one list under "policies"',
};

export interface PolicyDocument {
  /** Objects, lists, strings, booleans, numbers and null; whole numbers beyond 2^53 are bigint. */
  readonly tree: unknown;
  /**
   * Where the value at a path stands; the nearest one above it when it does not exist. Keys may be
   * in snake_case or lowerCamelCase. The text is read again on the first call.
   */
  readonly locate: (path: DocumentPath) => Position;
  /** The same, in steps of about a millisecond. */
  readonly locateSteps: (path: DocumentPath) => Generator<undefined, Position>;
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
  if (!isJsonFile(fileName, text)) return yamlDocument(text, fileName);
  return allSteps(jsonDocumentSteps(text, fileName));
}

/** In steps of about a millisecond. Throws PolicyDocumentError. */
export function* jsonDocumentSteps(
  text: string,
  fileName: string,
): Generator<undefined, PolicyDocument> {
  let tree: unknown;
  try {
    tree = yield* parseJsonSteps(text);
  } catch (error) {
    throw named(fileName, error);
  }
  const places = new JsonPlaces(text);
  const positions = new Positions(text);
  function* locateSteps(path: DocumentPath): Generator<undefined, Position> {
    return positions.at((yield* places.findSteps(path)).offset);
  }
  return { tree, locate: (path) => allSteps(locateSteps(path)), locateSteps };
}

function yamlDocument(text: string, fileName: string): PolicyDocument {
  try {
    const { tree, find } = readYamlQuickly(text, YAML_REASONS);
    const positions = new Positions(text);
    const locate = (path: DocumentPath): Position => positions.at(find(path).offset);
    // oxlint-disable-next-line require-yield -- texts that take long are read in another thread
    function* locateSteps(path: DocumentPath): Generator<undefined, Position> {
      return locate(path);
    }
    return { tree, locate, locateSteps };
  } catch (error) {
    throw named(fileName, error);
  }
}

/** The path may be that of another file, which holds secrets: no word of it is shown. */
function named(fileName: string, error: unknown): unknown {
  if (!(error instanceof DocumentError)) return error;
  return new PolicyDocumentError(fileName, error.wordless, error);
}
