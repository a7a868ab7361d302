// Payloads and policy sets for benchmarks, from the generator that `--payloads FILE` names (a
// module with `generate(kind, options, write)`); the default is where this project's checkouts have
// it. What needs no generator is below.

import path from "node:path";

export interface Generated {
  readonly body: Uint8Array;
  readonly records: number;
  readonly matching: number;
}

type Generate = (
  kind: string,
  options: Record<string, string>,
  write: (bytes: Uint8Array) => void,
) => { records: number; matching: number };

const DEFAULT = path.resolve(import.meta.dir, "../../../shared/bench/payloads.mjs");

/** Loads the generator; fails with a message that says what to do. */
export async function loadGenerator(
  args: readonly string[],
): Promise<(kind: string, options: Record<string, string>) => Generated> {
  const at = args.indexOf("--payloads");
  const file = at < 0 ? DEFAULT : path.resolve(args[at + 1] ?? "");
  if (!(await Bun.file(file).exists())) {
    throw new Error(`no payload generator at ${file}; name one with --payloads FILE`);
  }
  // The generator is a plain script without types.
  const { generate } = (await import(file)) as { generate: Generate };
  return (kind, options) => {
    const parts: Uint8Array[] = [];
    const { records, matching } = generate(kind, options, (bytes) => parts.push(bytes.slice()));
    return { body: Buffer.concat(parts), records, matching };
  };
}

/** Of logs, by their bodies; none matches a record of `logsOf`. */
export function tenPolicies(): unknown[] {
  return Array.from({ length: 10 }, (_, i) => ({
    id: `policy-${i}`,
    name: `policy ${i}`,
    log: { match: [{ log_field: "body", regex: `record ${i} of [a-z]+ is noise` }], keep: "none" },
  }));
}

/** An OTLP request of that many records, or of nearly that many bytes. */
export function logsOf(records: number, bytes: number): Uint8Array {
  const one = (i: number): string =>
    `{"timeUnixNano":"1700000000000000000","severityText":"INFO","body":{"stringValue":"record ${i} of the load says what it has done"},"attributes":[{"key":"user","value":{"stringValue":"user-${i}@example.com"}}]}`;
  const count = records > 0 ? records : Math.floor(bytes / (one(1_000_000).length + 1));
  const all = Array.from({ length: count }, (_, i) => one(i)).join(",");
  return new TextEncoder().encode(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[${all}]}]}]}`);
}
