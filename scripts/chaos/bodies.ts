// The bodies of honest and hostile clients.

/** OTLP logs in JSON, one of ten of which is a debug line. */
export function logsBody(records: number): Buffer {
  const logRecords = Array.from({ length: records }, (_, i) => ({
    timeUnixNano: String(1_700_000_000_000_000_000n + BigInt(i)),
    severityText: i % 10 === 0 ? "DEBUG" : "INFO",
    body: { stringValue: `request ${i} took ${(i * 7919) % 1000} ms on card ${i % 9973}` },
    attributes: [
      { key: "http.route", value: { stringValue: `/api/items/${i % 97}` } },
      { key: "http.status", value: { intValue: String(200 + (i % 5)) } },
    ],
  }));
  return Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
}
