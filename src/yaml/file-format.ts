// Whether a file is read as JSON or as YAML.

import { extname } from "node:path";

/**
 * By the file's extension (.json, .yaml, .yml); without one of these, JSON begins with `{` or `[`,
 * or is an empty text.
 */
export function isJsonFile(fileName: string, text: string): boolean {
  const extension = extname(fileName).toLowerCase();
  if (extension === ".json") return true;
  if (extension === ".yaml" || extension === ".yml") return false;
  return /^\uFEFF?\s*(?:[{[]|$)/.test(text);
}
