// The small requests and the ten policies of benchmarks that are about the program, not the
// policies.

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
