// Captures of OTLP in JSON with known templates, services and shares, repeatable.

type Json = Readonly<Record<string, unknown>>;

const START_NS = 1_700_000_000_000_000_000n;
const SECONDS = 600;

/** Numbers from 0 up to 1, the same each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

const text = (key: string, value: string): Json => ({ key, value: { stringValue: value } });
const resource = (service: string): Json => ({ attributes: [text("service.name", service)] });

/** What a line of logs is made of: a service, a severity, and a text with its values. */
export interface LineKind {
  readonly service: string;
  readonly severity: number;
  readonly line: (random: () => number) => string;
  /** How many of it there are, to those of others. */
  readonly weight: number;
}

const id = (random: () => number): string => Math.floor(random() * 2 ** 32).toString(16);
const whole = (random: () => number, max: number): number => Math.floor(random() * max);

export const LINES: readonly LineKind[] = [
  {
    service: "checkout",
    severity: 5,
    line: (r) => `GET /health 200 in ${whole(r, 90)}ms`,
    weight: 30,
  },
  {
    service: "checkout",
    severity: 9,
    line: (r) => `order ${id(r)} placed by customer ${id(r)} for ${whole(r, 500)} EUR`,
    weight: 20,
  },
  {
    service: "checkout",
    severity: 13,
    line: (r) => `order ${id(r)} placed late, queue has ${whole(r, 500)} entries`,
    weight: 5,
  },
  {
    service: "cart",
    severity: 9,
    line: (r) => `GET /health 200 in ${whole(r, 90)}ms`,
    weight: 12,
  },
  {
    service: "cart",
    severity: 9,
    line: (r) => `item "${id(r)} blue" added to cart ${id(r)}`,
    weight: 20,
  },
  {
    service: "cart",
    severity: 17,
    line: (r) => `cannot reach 10.0.0.${whole(r, 250)}: connection refused`,
    weight: 3,
  },
];

const REQUEST_RECORDS = 50;

/** Requests of logs, one a line, over ten minutes. */
export function logCapture(records: number, kinds: readonly LineKind[] = LINES): string {
  const random = numbers(7);
  const total = kinds.reduce((sum, { weight }) => sum + weight, 0);
  const one = (): LineKind => {
    let at = random() * total;
    return kinds.find(({ weight }) => (at -= weight) < 0) ?? (kinds[0] as LineKind);
  };
  const lines: string[] = [];
  for (let i = 0; i < records; i += REQUEST_RECORDS) {
    const time = String(START_NS + BigInt(Math.round((i / records) * SECONDS * 1e9)));
    const batch = Array.from({ length: Math.min(REQUEST_RECORDS, records - i) }, one);
    const resourceLogs = Map.groupBy(batch, ({ service }) => service)
      .entries()
      .map(([service, own]) => ({
        resource: resource(service),
        scopeLogs: [
          {
            logRecords: own.map(({ severity, line }) => ({
              timeUnixNano: time,
              severityNumber: severity,
              body: { stringValue: line(random) },
            })),
          },
        ],
      }))
      .toArray();
    lines.push(JSON.stringify({ resourceLogs }));
  }
  return `${lines.join("\n")}\n`;
}

/** Requests of spans, one a line: health checks, reads of which some fail, and others. */
export function spanCapture(records: number): string {
  const random = numbers(11);
  const span = (i: number): Json => {
    const name =
      i % 4 === 0
        ? "GET /healthz"
        : i % 4 === 1
          ? `GET /orders/${whole(random, 1e6)}`
          : `job ${i % 2 ? "sync" : "clean"}`;
    const isBad = i % 4 === 1 && i % 20 === 1;
    return {
      traceId: `${id(random)}${id(random)}${id(random)}${id(random)}`.padStart(32, "0"),
      spanId: id(random).padStart(16, "1"),
      name,
      startTimeUnixNano: String(START_NS),
      status: isBad ? { code: 2 } : {},
    };
  };
  const lines: string[] = [];
  for (let i = 0; i < records; i += REQUEST_RECORDS) {
    const spans = Array.from({ length: REQUEST_RECORDS }, (_, k) => span(i + k));
    const one = { resource: resource("shop"), scopeSpans: [{ spans }] };
    lines.push(JSON.stringify({ resourceSpans: [one] }));
  }
  return `${lines.join("\n")}\n`;
}

/** Requests of metrics, one a line: one name has a series for each user. */
export function metricCapture(users: number): string {
  const lines = Array.from({ length: users }, (_, i) => {
    const point = (...attributes: readonly Json[]): Json => ({ attributes, asInt: String(i) });
    const sum = (name: string, dataPoint: Json): Json => ({
      name,
      sum: { dataPoints: [dataPoint], aggregationTemporality: 2 },
    });
    const metrics = [
      sum("logins_total", point(text("user_id", `u${i}`), text("region", "eu"))),
      sum("requests_total", point(text("path", `/p${i % 5}`))),
    ];
    return JSON.stringify({
      resourceMetrics: [{ resource: resource("auth"), scopeMetrics: [{ metrics }] }],
    });
  });
  return `${lines.join("\n")}\n`;
}
