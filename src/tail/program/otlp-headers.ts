// The headers that users configure for requests to an OTLP backend. Their values come from settings
// or from files, which are read again when they change. Reports names, never values.

import { readFileSync } from "node:fs";
import {
  headerValuesOf,
  type ReadFile,
  type UpstreamHeaderRule,
  type UpstreamHeaderValues,
} from "../../config/index.ts";
import { addHeaderSecrets } from "../../config/secrets.ts";
import { readHeaderValues } from "../../config/upstream-headers/values.ts";
import type { EventBus } from "../../o11y/index.ts";
import { HeaderFiles } from "../../runtime/index.ts";
import { HeaderChanges } from "../../upstream/header-changes.ts";
import { isOtlpTarget } from "../output/index.ts";
import type { TailConfig } from "../settings/load.ts";

const disk: ReadFile = (path) => readFileSync(path);

/** Which files with values cannot be used. */
export function headerFileFaults(
  { output, otlpHeaders: rules }: TailConfig,
  readFile: ReadFile = disk,
): readonly string[] {
  if (!isOtlpTarget(output)) return [];
  return headerValuesOf(rules, readFile, keyOf(rules)).faults.map((fault) => `${fault}.`);
}

export interface OtlpHeaders {
  readonly changes: HeaderChanges;
  /** Undefined: no value is in a file. */
  readonly files: HeaderFiles | undefined;
}

/** `secrets`: grows by the values. Undefined: there are none, or nobody to send them to. */
export function createOtlpHeaders(
  { output, otlpHeaders: rules }: TailConfig,
  secrets: string[],
  bus: EventBus,
): OtlpHeaders | undefined {
  if (!isOtlpTarget(output) || rules.length === 0) return undefined;
  const kept = (values: UpstreamHeaderValues): UpstreamHeaderValues => {
    addHeaderSecrets(secrets, values);
    return values;
  };
  const inUse = kept(headerValuesOf(rules, disk, keyOf(rules)).values);
  const changes = new HeaderChanges(rules, inUse);
  if (rules.every(({ valueFile }) => valueFile === undefined)) return { changes, files: undefined };
  const files = new HeaderFiles({
    rules,
    read: () => kept(readHeaderValues(rules, disk, keyOf(rules))),
    inUse,
    apply: (values) => changes.use(rules, values),
    bus,
  });
  return { changes, files };
}

/** Those with files are behind the others. */
function keyOf(rules: readonly UpstreamHeaderRule[]): (index: number) => string {
  const first = rules.findIndex(({ valueFile }) => valueFile !== undefined);
  return (index) => `otlp_header_files[${index - first}]`;
}
