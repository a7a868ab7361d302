// Reads the one file of a configuration, JSON or YAML, into a plain tree and a finder of places.

import { readSync, openSync, closeSync } from "node:fs";
import {
  DocumentError,
  type DocumentPath,
  type DocumentPlace,
  JsonPlaces,
  parseJson,
} from "../core/document/index.ts";
import {
  CONFIG_DEPTH_MAX,
  CONFIG_FILE_BYTES_MAX,
  CONFIG_YAML_CHARS_MAX,
  CONFIG_YAML_NODES_MAX,
} from "../core/limits.ts";
import { isJsonFile, readYaml, type YamlOptions } from "../yaml/index.ts";
import { ConfigError } from "./config-error.ts";
import type { SourceFile } from "./draft.ts";

/**
 * The bytes of a file, at most `bytesMax` + 1 of them.
 * @throws an error whose `code` is "ENOENT" when there is no such file
 */
export type ReadFile = (path: string, bytesMax: number) => Uint8Array;

export interface SourceOptions {
  /** The file that was asked for; it must be there. */
  readonly path?: string | undefined;
  /** Files of which the first that is there is used when none was asked for; they may be absent. */
  readonly defaultPath?: string | readonly string[] | undefined;
  readonly readFile?: ReadFile | undefined;
  /** Of variables, for messages. */
  readonly prefix: string;
}

const YAML_OPTIONS: YamlOptions = {
  depthMax: CONFIG_DEPTH_MAX,
  valuesMax: CONFIG_YAML_NODES_MAX,
  findsDuplicatesFirst: true,
  reasons: {
    BLOCK_AS_IMPLICIT_KEY:
      'a value that ends in a colon, or has ": " in it, needs quotes, as in "stdout:"',
    DUPLICATE_KEY: "a key is there twice",
    NO_ANCHOR: "an alias without an anchor",
    TOO_DEEP: `nested deeper than ${CONFIG_DEPTH_MAX} levels`,
    TOO_MANY_VALUES: `more than ${CONFIG_YAML_NODES_MAX} values`,
  },
};

/**
 * Undefined when no file was asked for and none is there.
 * @throws {ConfigError}
 */
export function readSource(options: SourceOptions): SourceFile | undefined {
  const { path, defaultPath, readFile = readFileBounded } = options;
  for (const name of path === undefined ? pathsOf(defaultPath) : [path]) {
    const bytes = bytesOf(name, readFile);
    if (bytes === undefined) continue;
    if (bytes.length > CONFIG_FILE_BYTES_MAX) {
      throw new ConfigError([`${name}: is too large; allowed: ${CONFIG_FILE_BYTES_MAX} bytes.`]);
    }
    return parseSource(name, bytes);
  }
  if (path === undefined) return undefined;
  throw new ConfigError([`${path}: no such file; ${cureOf(options)}`]);
}

function pathsOf(paths: SourceOptions["defaultPath"]): readonly string[] {
  return typeof paths === "string" ? [paths] : (paths ?? []);
}

/** Undefined when there is no such file. */
function bytesOf(name: string, readFile: ReadFile): Uint8Array | undefined {
  try {
    return readFile(name, CONFIG_FILE_BYTES_MAX);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    if (code === "ENOENT") return undefined;
    throw new ConfigError([`${name}: cannot be read (${code}); check the path and its rights.`]);
  }
}

function cureOf({ defaultPath, prefix }: SourceOptions): string {
  const files = pathsOf(defaultPath).map((path) => `${path}, `);
  return `give the path of a configuration file, or none to run on ${files.join("")}defaults and ${prefix} variables.`;
}

function parseSource(name: string, bytes: Uint8Array): SourceFile {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ConfigError([`${name}: is not UTF-8 text; save it as UTF-8.`]);
  }
  const isJson = isJsonFile(name, text);
  try {
    return { name, text, ...(isJson ? readJson(text) : readBoundedYaml(text)) };
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    const { wordless, line, column } = error;
    const hint = isJson && looksLikeYaml(text) ? " This looks like YAML: name the file .yaml." : "";
    throw new ConfigError([`${name}:${line}:${column} ${wordless}.${hint}`]);
  }
}

function readJson(text: string): Pick<SourceFile, "tree" | "find"> {
  const places = new JsonPlaces(text);
  return { tree: parseJson(text, CONFIG_DEPTH_MAX), find: (path) => places.find(path, true) };
}

function readBoundedYaml(text: string): Pick<SourceFile, "tree" | "find"> {
  // The parser's time can grow with the square of a text that is no YAML.
  if (text.length > CONFIG_YAML_CHARS_MAX) {
    const cure = `allowed in YAML: ${CONFIG_YAML_CHARS_MAX} characters; write JSON`;
    throw new DocumentError(text, `${text.length} characters; ${cure}`, 0);
  }
  const { tree, find } = readYaml(text, YAML_OPTIONS);
  return { tree, find: (path: DocumentPath): DocumentPlace => find(path, true) };
}

function looksLikeYaml(text: string): boolean {
  // Each line before the first key can be matched in one way only, so that none takes long.
  return /^(?:[^\S\n]*(?:#.*)?\n|---[^\S\n]*\n)*[A-Za-z_$]+:(?:\s|$)/.test(text);
}

/** Reads a file from the disk; never more than `bytesMax` + 1 bytes of it. */
export function readFileBounded(path: string, bytesMax: number): Uint8Array {
  const descriptor = openSync(path, "r");
  try {
    const buffer = new Uint8Array(bytesMax + 1);
    let length = 0;
    while (length < buffer.length) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, null);
      if (read === 0) break;
      length += read;
    }
    return buffer.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}
