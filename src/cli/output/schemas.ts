// Schemas of what commands print with --json. `schema output` publishes them as JSON Schema, and a
// test checks the commands' output against them.

import { z } from "zod";
import { CHANGES } from "../replay/tally.ts";

const count = z.int().min(0);
const time = z.iso.datetime();
const rate = z.number().min(0);

const FINDINGS = z
  .strictObject({
    ok: z.boolean().describe("Whether there are no errors; warnings may be there."),
    errors: count,
    findings: z.array(
      z.strictObject({
        severity: z.enum(["error", "warning"]),
        file: z.string().optional(),
        line: count.optional().describe("From 1."),
        column: count.optional().describe("From 1, in UTF-16 units."),
        length: count.optional(),
        message: z.string(),
        rule: z.string().optional().describe("What it is an instance of; of lint."),
      }),
    ),
  })
  .describe("What was found in files.");

const matcher = z.strictObject({
  matcher: z.string(),
  values: z.array(z.string()).describe("What was looked at; empty when it is missing."),
  holds: z.boolean(),
  butForCase: z.literal(true).optional().describe("It would hold in another case."),
});
const policy = z.strictObject({
  id: z.string(),
  name: z.string(),
  mode: z.enum(["shadow", "rollout"]).optional().describe("Left out: it is enforced."),
  dialect: z.literal("otel").optional().describe("Written in OpenTelemetry's own dialect."),
  keep: z.string(),
  group: count.optional().describe("Which of its groups this is, from 0; of a policy with groups."),
  matchers: z.array(matcher),
});
const EXPLAIN = z
  .strictObject({
    records: count,
    dropped: count,
    edited: count,
    unexplained: count.describe("That no policy looks at, or that cannot be read."),
    explanations: z.array(
      z.strictObject({
        record: count.describe("Its number, from 1."),
        winner: z.strictObject({ id: z.string(), why: z.string() }).nullable(),
        verdict: z.enum(["keep", "drop"]),
        matched: z.array(policy),
        shadow: z
          .array(
            policy.extend({
              would: z.enum(["nothing", "drop", "sample", "limit", "keep", "edit"]),
              why: z.string(),
            }),
          )
          .optional()
          .describe("Policies that match and are not enforced for the record."),
        nearMisses: z.array(policy.extend({ holding: count, firstFailed: matcher })),
        edits: z.array(
          z.strictObject({
            policy: z.string(),
            operation: z.string(),
            before: z.string().optional(),
            after: z.string().optional(),
            changed: z.boolean(),
          }),
        ),
        text: z.string(),
        policies: z.array(policy).optional(),
      }),
    ),
  })
  .describe("What becomes of records, and why.");

const TEST = z
  .strictObject({
    passed: count,
    failed: count,
    faults: z.array(z.string()).describe("What could not be read."),
    cases: z.array(
      z.strictObject({
        name: z.string(),
        path: z.string(),
        failures: z.array(
          z.strictObject({
            what: z.string(),
            record: count.optional(),
            verdict: z.enum(["keep", "drop"]).optional(),
            winner: z.strictObject({ id: z.string(), why: z.string() }).nullable().optional(),
            text: z.string().optional(),
          }),
        ),
      }),
    ),
  })
  .describe("Results of test cases.");

const sum = z.strictObject({
  records: count,
  bytes: count,
  cost: z.number().min(0).optional().describe("In money; absent when nothing has a price."),
});
const change = sum.extend({
  examples: z.array(z.strictObject({ policy: z.string(), text: z.string() })),
  byPolicy: z.record(z.string(), sum),
  byService: z.record(z.string(), sum),
  bySeverity: z.record(z.string(), count),
});
const REPLAY = sum
  .extend({
    currency: z.string().optional().describe("Of the costs; absent when it is not known."),
    unread: count.describe("Requests that could not be read."),
    droppedBefore: sum,
    droppedAfter: sum,
    changes: z.strictObject(Object.fromEntries(CHANGES.map((name) => [name, change] as const))),
  })
  .describe("What policies would change about captured traffic.");

const provider = z.strictObject({
  id: z.string(),
  kind: z.string(),
  source: z.string(),
  policies: count,
  hash: z.string().nullish(),
  answered: z.boolean(),
  last_loaded: time.nullable(),
  last_success: time.nullable(),
  last_error: z.string().nullable(),
  last_error_at: time.nullable(),
});
const STATUS = z
  .strictObject({
    build: z.strictObject({
      version: z.string(),
      commit: z.string(),
      distribution: z.string(),
      runtime: z.string(),
      platform: z.string(),
    }),
    started: time,
    uptime_seconds: count,
    ready: z.boolean(),
    threads: count,
    policies: z.strictObject({
      version: count,
      log: count,
      metric: count,
      trace: count,
      total: count,
      invalid: count,
      shadow: count,
      rollout: count,
      missing_providers: z.array(z.string()),
    }),
    before_policies: z.enum(["wait", "pass", "refuse"]),
    providers: z.array(provider),
    upstreams: z.record(z.string(), z.unknown()),
    tls_unverified: z.array(z.string()).optional(),
    taps_open: count,
    switches: z.strictObject({ taps: z.boolean(), payloads: z.boolean() }),
    limits: z.record(z.string(), z.number()),
  })
  .describe("How a running Edge stands.");

const files = z
  .strictObject({ changed: z.boolean(), last_error: z.string().nullable() })
  .nullable();
const RELOAD = z
  .strictObject({
    ok: z.boolean(),
    changed: z.boolean(),
    policies: z.strictObject({
      version: count,
      version_before: count,
      log: count,
      metric: count,
      trace: count,
      total: count,
      invalid: count,
    }),
    providers: z.array(provider),
    tls: files,
    upstream_headers: files,
  })
  .describe("What came of reading policies and certificates again.");

const TAP = z
  .union([
    z.strictObject({
      tap: z.enum(["open", "waiting", "lost", "end"]),
      stage: z.enum(["pre", "post"]).optional(),
      records_max: count.optional(),
      seconds_max: count.optional(),
      payloads: z.boolean().optional(),
      records: count.optional(),
      reason: z.string().optional(),
      shown: count.optional(),
      lost: count.optional(),
    }),
    z.strictObject({
      seq: count,
      time,
      stage: z.enum(["pre", "post"]),
      signal: z.enum(["log", "metric", "trace"]),
      encoding: z.string(),
      decision: z.enum(["keep", "edit", "drop"]),
      dropped_by: z.string().optional(),
      policies: z.array(z.string()),
      policies_more: count.optional(),
      bytes: count,
      shown_bytes: count.optional(),
      record: z.unknown().optional(),
      text: z.string().optional(),
      base64: z.string().optional(),
      document: z.unknown().optional(),
    }),
  ])
  .describe("One line of a tap: about itself, or about a record.");

const FIND = z
  .strictObject({
    verdict: z.enum(["forwarded", "dropped", "forwarded_and_dropped", "never_seen", "not_found"]),
    trace_id: z.string().optional(),
    text: z.string().optional(),
    since: time,
    threads: z.strictObject({ asked: count, answered: count }),
    unread: count,
    records_held: count.optional(),
    records_seen: count.optional(),
    found: z.array(
      z.strictObject({
        outcome: z.enum(["forwarded", "dropped"]),
        signal: z.enum(["log", "trace"]),
        policy: z.string().nullable(),
        from: time,
        to: time,
        record: z.string().optional(),
      }),
    ),
  })
  .describe("Where a trace id or a text went.");

const authored = z.looseObject({
  match: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
  keep: z.union([z.literal(false), z.string(), z.strictObject({ percentage: z.number() })]),
});
export const SUGGESTIONS = z
  .strictObject({
    seconds: rate.describe("Of the telemetry that was looked at; 0: not known."),
    signals: z.array(z.enum(["log", "metric", "trace"])),
    currency: z.string().nullable(),
    suggestions: z.array(
      z.strictObject({
        id: z.string(),
        kind: z.enum(["log_severity", "log_pattern", "span_name", "metric_name"]),
        signal: z.enum(["log", "metric", "trace"]),
        reason: z.string(),
        saving: z.strictObject({
          records: count,
          bytes: count,
          records_per_second: rate,
          bytes_per_second: rate,
          share_records: rate,
          share_bytes: rate,
          error: rate.describe("How far off that may be, as a share of it."),
          money_per_day: rate.nullable(),
        }),
        examples: z.array(z.string()),
        policy: z.strictObject({
          id: z.string(),
          name: z.string(),
          description: z.string(),
          log: authored.optional(),
          metric: authored.optional(),
          trace: authored.optional(),
        }),
        yaml: z.string(),
      }),
    ),
  })
  .describe("Policies that would save something.");

const TOP = z
  .strictObject({
    time,
    seconds: rate,
    uptime_seconds: rate,
    requests: rate,
    records: rate,
    records_left_out: rate,
    bytes_in: rate,
    bytes_saved: rate,
    failed_open: rate,
    lost: rate,
    cpu_share: rate,
    memory_bytes: rate,
    totals: z.strictObject({
      records: count,
      bytes_in: count,
      bytes_saved: z.number().describe("Below 0 when transforms added more than policies took."),
      money_saved: z.nullable(z.number()).describe("By the prices of the program's `cost`."),
      currency: z.nullable(z.string()),
    }),
    policies: z.array(
      z.strictObject({
        id: z.string(),
        hits: rate,
        left_out: rate,
        bytes_saved: rate,
        hits_total: count,
      }),
    ),
    services: z.array(z.strictObject({ service: z.string(), share: rate, dropped: rate })),
  })
  .describe("One line of top: what happened between two looks, in a second.");

const VERSION = z
  .strictObject({ program: z.string(), version: z.string() })
  .describe("The program and its version.");

/** By the name of the command. */
export const OUTPUT_SCHEMAS = {
  explain: EXPLAIN,
  find: FIND,
  lint: FINDINGS,
  reload: RELOAD,
  replay: REPLAY,
  status: STATUS,
  suggest: SUGGESTIONS,
  tap: TAP,
  test: TEST,
  top: TOP,
  validate: FINDINGS,
  version: VERSION,
} as const;

/** Draft 2020-12. */
export function outputSchema(command: keyof typeof OUTPUT_SCHEMAS): object {
  return { ...z.toJSONSchema(OUTPUT_SCHEMAS[command]), title: `edge ${command} --json` };
}
