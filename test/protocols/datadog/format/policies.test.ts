// Policies over Datadog logs and series, engine and formats together: what is dropped, what is
// edited, and that every operation of a transform is counted as what it was.

import { describe, expect, test } from "bun:test";
import { decodeUtf8, encodeUtf8 } from "../../../../src/core/utf8.ts";
import {
  datadogLogsFormat,
  datadogSeriesJsonFormat,
} from "../../../../src/protocols/datadog/format/index.ts";
import { AUTHORING, createEngine, decodePolicySet } from "../../../../src/policy/index.ts";
import type { RecordFormat, Signal } from "../../../../src/policy/index.ts";
import { testEngine } from "../../../support/engine.ts";
import { eachRecord } from "../../../extensions/packed-records.ts";
import { finish } from "../../../support/steps.ts";

interface Result {
  /** Undefined: as it came. */
  readonly body: string | undefined;
  readonly edited: number;
  /** Hits and misses of the policies' transforms, without zeros. */
  readonly transforms: Record<string, [number, number]>;
}

function run(format: RecordFormat, signal: Signal, policies: object[], body: string): Result {
  const { policies: decoded, errors } = decodePolicySet({ policies }, AUTHORING);
  expect(errors).toEqual([]);
  expect(decoded.flatMap((policy) => policy.errors)).toEqual([]);
  const own = testEngine(decoded);
  const evaluation = own.engine.evaluation(signal);
  if (evaluation === undefined) throw new Error("no working policy");
  const outcome = format.filter(encodeUtf8(body), evaluation);
  const transforms: Record<string, [number, number]> = {};
  for (const status of own.engine.totals()) {
    for (const kind of ["remove", "redact", "rename", "add"] as const) {
      const { hits, misses } = status[kind];
      if (hits + misses > 0) transforms[`${status.id} ${kind}`] = [hits, misses];
    }
  }
  return { body: outcome.body && decodeUtf8(outcome.body), edited: outcome.edited, transforms };
}

const logs = (policies: object[], ...records: string[]): Result =>
  run(datadogLogsFormat(), "log", policies, `[${records.join(",")}]`);

const policy = (match: object[], more: object): object => ({
  id: "p",
  name: "P",
  log: { match, keep: "all", ...more },
});
const ALWAYS = [{ log_attribute: "none", exists: false }];
const transform = (operations: object): object => policy(ALWAYS, { transform: operations });

describe("logs are dropped", () => {
  test.each<[string, object, string]>([
    ["by status", { log_field: "severity_text", regex: "^(debug|trace)$" }, '{"status":"debug"}'],
    ["by number", { log_severity_number: { max: 8 } }, '{"status":"debug"}'],
    ["by tag", { log_attribute: "env", exact: "dev" }, '{"ddtags":"team:x,env:dev"}'],
    ["by alias", { resource_attribute: "service.name", exact: "x" }, '{"service":"x"}'],
    ["by nested value", { log_attribute: ["http", "code"], gte: 200 }, '{"http":{"code":204}}'],
    ["by absence", { log_attribute: "user", exists: false }, '{"message":"x"}'],
    ["by scope", { scope_attribute: "a.b", exists: true }, '{"a":{"b":false}}'],
  ])("%s", (_, match, record) => {
    const other = '{"user":1,"status":"error","n":1.0}';
    const { body } = logs([policy([match], { keep: "none" })], other, record, other);
    expect(body).toBe(`[${other},${other}]`);
  });
});

describe("a redaction happens and is counted, or is counted as a miss", () => {
  const redact = (where: object): object =>
    transform({ redact: [{ ...where, replacement: "***" }] });
  test.each<[string, object, string, string]>([
    ["a member", { log_attribute: "mail" }, '{"mail":"a@b","n":1.0}', '{"mail":"***","n":1.0}'],
    ["a number", { log_attribute: "card" }, '{"card":4111}', '{"card":"***"}'],
    [
      "nested",
      { log_attribute: ["user", "mail"] },
      '{"user":{"mail":1}}',
      '{"user":{"mail":"***"}}',
    ],
    ["a dotted key", { log_attribute: ["user", "mail"] }, '{"user.mail":1}', '{"user.mail":"***"}'],
    [
      "an element",
      { log_attribute: ["users", "0"] },
      '{"users":["a","b"]}',
      '{"users":["***","b"]}',
    ],
    ["a tag", { log_attribute: "user" }, '{"ddtags":"a:b,user:c"}', '{"ddtags":"a:b,user:***"}'],
    [
      "in a message",
      { log_attribute: ["user", "mail"] },
      '{"message":"{\\"user\\":{\\"mail\\":\\"a@b\\"},\\"n\\":1.0}"}',
      '{"message":"{\\"user\\":{\\"mail\\":\\"***\\"},\\"n\\":1.0}"}',
    ],
    [
      "a wrapped body",
      { log_field: "body" },
      '{"message":"{\\"data\\":{\\"jsonPayload\\":{\\"message\\":\\"x\\"}}}"}',
      '{"message":"{\\"data\\":{\\"jsonPayload\\":{\\"message\\":\\"***\\"}}}"}',
    ],
    ["a body", { log_field: "body" }, '{"msg":"x"}', '{"msg":"***"}'],
    ["a status", { log_field: "severity_text" }, '{"level":"x"}', '{"level":"***"}'],
    [
      "of the resource",
      { resource_attribute: "host.name" },
      '{"hostname":"x"}',
      '{"hostname":"***"}',
    ],
    ["of the scope", { scope_attribute: "a" }, '{"a":"x"}', '{"a":"***"}'],
  ])("%s", (_, where, record, expected) => {
    expect(logs([redact(where)], record)).toEqual({
      body: `[${expected}]`,
      edited: 1,
      transforms: { "p redact": [1, 0] },
    });
    expect(logs([redact(where)], '{"other":1}')).toEqual({
      body: undefined,
      edited: 0,
      transforms: { "p redact": [0, 1] },
    });
  });

  test("by a regex, in each of several records", () => {
    const where = { log_field: "body", regex: "[0-9]{4}", replacement: "<$0>" };
    const result = logs(
      [transform({ redact: [where] })],
      '{"message":"a 1234 b 5678"}',
      '{"message":"nothing"}',
      '{"message":"\\u00e9 \\"1234\\""}',
      '{"message":1234}',
    );
    expect(result.edited).toBe(2);
    expect(result.transforms).toEqual({ "p redact": [2, 2] });
    expect(result.body).toBe(
      '[{"message":"a <1234> b <5678>"},{"message":"nothing"},{"message":"é \\"<1234>\\""},{"message":1234}]',
    );
  });
});

test("all transforms of several policies, in their order, over all scopes", () => {
  const first = {
    id: "a",
    name: "A",
    log: {
      match: [{ log_attribute: "env", exact: "prod" }],
      keep: "all",
      transform: {
        remove: [{ log_attribute: "secret" }, { resource_attribute: "none" }],
        rename: [
          { from_log_attribute: "user", to: "who" },
          { from_log_attribute: "env", to: "stage" },
        ],
      },
    },
  };
  const second = {
    id: "b",
    name: "B",
    log: {
      match: [{ log_field: "body", contains: "x" }],
      keep: "all",
      transform: {
        redact: [{ resource_attribute: "service.name", replacement: "svc" }],
        add: [
          { log_attribute: "team", value: "t" },
          { log_attribute: "service", value: "no", upsert: false },
          { resource_attribute: ["cloud", "region"], value: "r" },
        ],
      },
    },
  };
  const record =
    '{"message":"x","service":"s","secret":1,"user":{"id":1.0},"ddtags":"env:prod,v:1"}';
  const result = logs([first, second], record);
  expect(result.body).toBe(
    '[{"message":"x","service":"svc","ddtags":"stage:prod,v:1","who":{"id":1.0},"team":"t","cloud":{"region":"r"}}]',
  );
  expect(result.edited).toBe(1);
  expect(result.transforms).toEqual({
    "a remove": [1, 1],
    "a rename": [2, 0],
    "b redact": [1, 0],
    "b add": [2, 1],
  });
});

test("edits of one record's resource do not reach the next record", () => {
  const edit = policy([{ log_attribute: "edit", exists: true }], {
    transform: { add: [{ resource_attribute: "added", value: "1" }] },
  });
  const { body } = logs([edit], '{"edit":1}', '{"n":1.0}', '{"edit":2}');
  expect(body).toBe('[{"edit":1,"added":"1"},{"n":1.0},{"edit":2,"added":"1"}]');
});

test("a body that turns out broken counts nothing", () => {
  const { policies } = decodePolicySet(
    { policies: [transform({ add: [{ log_attribute: "a", value: "b" }] })] },
    AUTHORING,
  );
  const own = testEngine(policies);
  const evaluation = own.engine.evaluation("log")!;
  expect(() => datadogLogsFormat().filter(encodeUtf8('[{"n":1},{"n":1}'), evaluation)).toThrow();
  expect(own.engine.totals()[0]).toMatchObject({ hits: 0, misses: 0, add: { hits: 0, misses: 0 } });
});

test("extensions are given the records as they came, whatever becomes of them", () => {
  const offered: string[] = [];
  const type = "com.example/copy";
  const handler = {
    type,
    minVersion: "1.0.0",
    offer: eachRecord(
      ({ bytes, encoding, kept }) => void offered.push(`${encoding} ${kept} ${decodeUtf8(bytes)}`),
    ),
  };
  const uses = [{ type, version: "1.0.0", config: new Uint8Array(0), mode: "matched" as const }];
  const operations = { redact: [{ log_attribute: "mail", replacement: "***" }] };
  const { policies } = decodePolicySet(
    {
      policies: [
        {
          ...policy([{ log_attribute: "mail", exists: true }], { transform: operations }),
          id: "a",
        },
        { ...policy([{ log_field: "body", exact: "x" }], { keep: "none" }), id: "b" },
      ],
    },
    AUTHORING,
  );
  const engine = createEngine({
    validateRegex: () => undefined,
    nowMs: () => 0,
    random: () => 0,
    extensions: new Map([[type, handler]]),
  });
  finish(engine.replace(policies.map((one) => ({ ...one, extensions: uses }))));
  const body = '[ {"mail":"a@b", "n":1.0} ,{"message":"x"},{"message":"y"}]';
  const outcome = datadogLogsFormat().filter(encodeUtf8(body), engine.evaluation("log")!);
  expect(decodeUtf8(outcome.body!)).toBe('[ {"mail":"***", "n":1.0},{"message":"y"}]');
  expect(offered).toEqual([
    'datadog_json true {"mail":"a@b", "n":1.0}',
    'datadog_json false {"message":"x"}',
  ]);
});

describe("series are dropped", () => {
  test.each<[string, object, string]>([
    ["by name", { metric_field: "name", starts_with: "debug." }, '{"metric":"debug.x"}'],
    ["by type", { metric_type: "sum" }, '{"type":1}'],
    ["by temporality", { aggregation_temporality: "delta" }, '{"type":1}'],
    [
      "by any tag of a name",
      { datapoint_attribute: "team", exact: "b" },
      '{"tags":["team:a","team:b"]}',
    ],
    ["by service", { resource_attribute: "service.name", exact: "s" }, '{"tags":["service:s"]}'],
  ])("%s", (_, match, series) => {
    const other = '{"metric":"keep","type":3,"points":[{"timestamp":1,"value":1.0}]}';
    const drop = { id: "p", name: "P", metric: { match: [match], keep: false } };
    const body = `{"series":[${other},${series},${other}]}`;
    const result = run(datadogSeriesJsonFormat("v2"), "metric", [drop], body);
    expect(result.body).toBe(`{"series":[${other},${other}]}`);
  });
});
