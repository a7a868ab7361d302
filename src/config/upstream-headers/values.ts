// The values of `upstream_headers`: texts of the configuration, and contents of files. Errors quote
// no value.

import { CONFIG_TEXT_CHARS_MAX } from "../../core/limits.ts";
import { errorMessage } from "../../core/errors.ts";
import { headerValueFault } from "./header-faults.ts";
import type { UpstreamHeaderRule } from "../model.ts";
import type { ReadFile } from "../source.ts";

/**
 * The values of `upstream_headers`: one for each rule, in order; undefined where a header is
 * removed. They are secrets.
 */
export type UpstreamHeaderValues = readonly (string | undefined)[];

/** Files that do not hold what can be sent. */
class HeaderFileError extends Error {
  readonly code = "header_file";
  constructor(faults: readonly string[]) {
    super(faults.join("; "));
    this.name = "HeaderFileError";
  }
}

/** What users call the file of a rule. */
export type KeyOfRule = (index: number) => string;

const keyOfList: KeyOfRule = (index) => `upstream_headers[${index}].value_file`;

/** Throws HeaderFileError, which names each file that cannot be used. */
export function readHeaderValues(
  rules: readonly UpstreamHeaderRule[],
  readFile: ReadFile,
  keyOf: KeyOfRule = keyOfList,
): UpstreamHeaderValues {
  const { values, faults } = headerValuesOf(rules, readFile, keyOf);
  if (faults.length > 0) throw new HeaderFileError(faults);
  return values;
}

/** The values, without those of files that cannot be used, and what is wrong with these. */
export function headerValuesOf(
  rules: readonly UpstreamHeaderRule[],
  readFile: ReadFile,
  keyOf: KeyOfRule = keyOfList,
): { readonly values: UpstreamHeaderValues; readonly faults: readonly string[] } {
  const faults: string[] = [];
  const values = rules.map((rule, index) => {
    if (rule.valueFile === undefined) return rule.value;
    const read = valueOf(rule.valueFile, readFile);
    if (read.fault === undefined) return read.value;
    faults.push(`${keyOf(index)}: ${rule.valueFile} ${read.fault}`);
    return undefined;
  });
  return { values, faults };
}

interface Read {
  readonly value?: string;
  readonly fault?: string;
}

function valueOf(path: string, readFile: ReadFile): Read {
  let bytes: Uint8Array;
  try {
    bytes = readFile(path, CONFIG_TEXT_CHARS_MAX);
  } catch (error) {
    const reason =
      error instanceof Error && "code" in error ? String(error.code) : errorMessage(error);
    return { fault: `cannot be read (${reason})` };
  }
  if (bytes.length > CONFIG_TEXT_CHARS_MAX) {
    return { fault: `is longer than ${CONFIG_TEXT_CHARS_MAX} bytes` };
  }
  const value = new TextDecoder().decode(bytes).trim();
  if (value === "") return { fault: "is empty" };
  const fault = headerValueFault(value);
  return fault === undefined ? { value } : { fault };
}
