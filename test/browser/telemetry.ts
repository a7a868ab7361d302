// Telemetry as shops have it, for a console to show: health checks, orders with addresses, errors,
// spans and metrics. The same at each run.

const SERVICES = ["checkout", "cart", "payments", "search"] as const;

interface LogRecord {
  readonly severityText: string;
  readonly body: string;
}

function recordOf(number: number): LogRecord {
  const kind = number % 20;
  if (kind < 8) return { severityText: "DEBUG", body: `GET /health 200 in ${number % 4} ms` };
  if (kind < 11) return { severityText: "DEBUG", body: `cache hit for key user:${number % 977}` };
  if (kind < 18) {
    const mail = `ada.${number % 31}@example.com`;
    return { severityText: "INFO", body: `order ${number} of ${mail} was paid` };
  }
  if (kind === 18) return { severityText: "WARN", body: `retry ${number % 3} of the card network` };
  return { severityText: "ERROR", body: `card network did not answer order ${number}` };
}

/** As evenly spread as the ids of tracers. */
const hex = (number: number): string => Bun.hash(String(number)).toString(16).padStart(16, "0");
const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });

/** One request of logs in OTLP. */
export function logsRequest(first: number, records: number): string {
  const service = SERVICES[first % SERVICES.length] ?? "checkout";
  const logRecords = Array.from({ length: records }, (_, i) => {
    const { severityText, body } = recordOf(first + i);
    return {
      timeUnixNano: String(1_780_000_000_000_000_000n + BigInt(first + i)),
      severityText,
      body: { stringValue: body },
      attributes: [attribute("http.route", "/orders/{id}")],
    };
  });
  const resource = { attributes: [attribute("service.name", service)] };
  return JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
}

/** One request of spans in OTLP, one in ten of them with an error. */
export function spansRequest(first: number, records: number): string {
  const spans = Array.from({ length: records }, (_, i) => ({
    traceId: hex(first + i) + hex(first + i + 1_000_003),
    spanId: hex(first + i),
    name: i % 2 === 0 ? "GET /orders/{id}" : "SELECT orders",
    kind: 2,
    startTimeUnixNano: "1780000000000000000",
    endTimeUnixNano: "1780000000001000000",
    status: (first + i) % 10 === 0 ? { code: 2 } : {},
  }));
  const resource = { attributes: [attribute("service.name", "checkout")] };
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
}

export const POLICIES = {
  policies: [
    {
      id: "drop-health-checks",
      name: "Drop health checks",
      log: { match: [{ log_field: "body", starts_with: "GET /health" }], keep: "none" },
    },
    {
      id: "sample-cache",
      name: "Keep a tenth of cache hits",
      log: { match: [{ log_field: "body", contains: "cache hit" }], keep: "10%" },
    },
    {
      id: "redact-mail",
      name: "Redact mail addresses",
      log: {
        match: [{ log_field: "body", contains: "@" }],
        keep: "all",
        transform: {
          redact: [{ log_field: "body", regex: "[a-z0-9.]+@[a-z.]+", replacement: "[MAIL]" }],
        },
      },
    },
    {
      id: "half-of-spans",
      name: "Half of the spans",
      trace: { match: [{ span_kind: "server" }], keep: { percentage: 50 } },
    },
    {
      id: "try-retries",
      name: "Drop retries, tried",
      labels: { "edge.mode": "shadow" },
      log: { match: [{ log_field: "body", starts_with: "retry" }], keep: "none" },
    },
    {
      id: "typo",
      name: "A pattern with a slip",
      log: { match: [{ log_field: "body", regex: "order (" }], keep: "none" },
    },
  ],
};
