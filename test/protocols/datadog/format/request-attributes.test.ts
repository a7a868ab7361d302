// Attributes that a request gives to its logs in the query: what policies see of them, and what
// edits make of the query and of the logs.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../../src/core/utf8.ts";
import { datadogLogsFormat } from "../../../../src/protocols/datadog/format/index.ts";
import { AUTHORING, decodePolicySet } from "../../../../src/policy/index.ts";
import { attributeRef, FakeEvaluation, type SeenRecord } from "../../../support/fake-evaluation.ts";
import { testEngine } from "../../../support/engine.ts";

const text = JSON.stringify as (value: unknown) => string;

function seen(query: string, record: unknown, ...names: string[]): SeenRecord {
  const evaluation = new FakeEvaluation(
    "log",
    names.map((name) => attributeRef("resource", name)),
  );
  datadogLogsFormat()
    .withQuery(query)
    .filter(encodeUtf8(text(record)), evaluation);
  return Object.fromEntries(
    Object.entries(evaluation.records[0]!).map(([name, value]) => [name.split(":")[1]!, value]),
  ) as SeenRecord;
}

/** Policies "p0", "p1" … of these bodies, each for all logs unless it says otherwise. */
function filtered(query: string, records: string, ...policies: object[]) {
  const set = policies.map((log, i) => ({
    id: `p${i}`,
    name: `P${i}`,
    log: { match: [{ log_attribute: "none", exists: false }], keep: "all", ...log },
  }));
  const { policies: decoded } = decodePolicySet({ policies: set }, AUTHORING);
  expect(decoded.flatMap(({ errors }) => errors)).toEqual([]);
  const own = testEngine(decoded);
  const format = datadogLogsFormat().withQuery(query);
  const outcome = format.filter(encodeUtf8(records), own.engine.evaluation("log")!);
  const { body, dropped } = outcome;
  const counts = own.engine
    .totals()
    .map(({ remove, redact, rename, add }) =>
      [remove, redact, rename, add].map(({ hits, misses }) => [hits, misses]),
    );
  return { body: body && decodeUtf8(body), query: outcome.query, dropped, counts };
}
const only = (kind: number, hits: number, misses: number): number[][] =>
  [0, 1, 2, 3].map((one) => (one === kind ? [hits, misses] : [0, 0]));
const transform = (one: object): object => ({ transform: one });

describe("a log has", () => {
  test.each<[string, string, unknown, string, unknown]>([
    ["ddsource", "?ddsource=nginx", {}, "ddsource", "nginx"],
    ["service", "?a=b&service=shop", {}, "service", "shop"],
    ["service by its other name", "?service=shop", {}, "service.name", "shop"],
    ["hostname", "?hostname=h", {}, "hostname", "h"],
    ["hostname by its other name", "?hostname=h", {}, "host.name", "h"],
    ["a tag", "?ddtags=env:prod,team:a", {}, "team", "a"],
    ["the tag env by its other name", "?ddtags=env:prod", {}, "deployment.environment", "prod"],
    ["all tags", "?ddtags=env:prod,team:a", {}, "ddtags", "env:prod,team:a"],
    ["a decoded value", "?service=a%20b+c%C3%A9%26", {}, "service", "a b cé&"],
    ["a decoded list", "?ddtags=env%3Aprod%2Cteam%3aa", {}, "team", "a"],
    ["a decoded name", "?%73ervice=x", {}, "service", "x"],
    ["what is no escape, as it is", "?service=100%&x=1", {}, "service", "100%"],
    ["all of a repeated one, the first first", "?service=a&service=b", {}, "service", ["a", "b"]],
    ["tags of a repeated one", "?ddtags=t:a&ddtags=t:b", {}, "t", ["a", "b"]],
    ["nothing that is empty", "?service=&ddtags=", {}, "service", undefined],
    ["nothing that has another name", "?Service=a&services=b&service", {}, "service", undefined],
    ["no body", "?message=a", {}, "message", undefined],
    ["its own member first", "?service=a", { service: "b" }, "service", "b"],
    ["its own other name first", "?service=a", { "service.name": "b" }, "service.name", "b"],
    ["its own tag first", "?service=a", { ddtags: "service:b" }, "service", "b"],
    ["its own document first", "?service=a", { message: '{"service":"b"}' }, "service", "b"],
    ["none of its own that is null", "?service=a", { service: null }, "service", "a"],
    ["a tag beside its own", "?ddtags=env:a", { ddtags: "team:b" }, "env", "a"],
  ])("%s", (_, query, record, name, expected) => {
    expect(seen(query, record, name)).toEqual(
      (expected === undefined ? {} : { [name]: expected }) as SeenRecord,
    );
  });
});

test("every record of the request has them, and no other request", () => {
  const format = datadogLogsFormat();
  const evaluation = new FakeEvaluation("log", [attributeRef("record", "service")]);
  const two = encodeUtf8('[{},{"service":"b"},{}]');
  format.withQuery("?service=a").filter(two, evaluation);
  format.withQuery("").filter(two, evaluation);
  format.withQuery("?ddsource=a").filter(two, evaluation);
  expect(evaluation.records.map((one) => one["record:service"])).toEqual([
    "a",
    "b",
    "a",
    undefined,
    "b",
    undefined,
    undefined,
    "b",
    undefined,
  ]);
});

test("a policy that drops logs without a service does not drop those", () => {
  const drop = { match: [{ resource_attribute: "service", exists: false }], keep: "none" };
  expect(filtered("?service=a", "[{},{}]", drop)).toMatchObject({ dropped: 0, body: undefined });
  expect(filtered("?services=a", "[{},{}]", drop)).toMatchObject({ dropped: 2 });
});

describe("an edit", () => {
  test.each<
    [string, string, string, object, { query?: string; body?: string; counts: number[][] }]
  >([
    [
      "redacts it in the query",
      "?a=%20&service=a%20b&b",
      "[{}]",
      { redact: [{ log_attribute: "service", replacement: "x y/é" }] },
      { query: "?a=%20&service=x%20y/%C3%A9&b", counts: only(1, 1, 0) },
    ],
    [
      "redacts it by its other name",
      "?service=a",
      "[{}]",
      { redact: [{ resource_attribute: "service.name", replacement: "x" }] },
      { query: "?service=x", counts: only(1, 1, 0) },
    ],
    [
      "redacts it by a regex",
      "?hostname=ip-10-0-0-1",
      "[{}]",
      { redact: [{ log_attribute: "hostname", regex: "[0-9]+", replacement: "$0n" }] },
      { query: "?hostname=ip-10n-0n-0n-1n", counts: only(1, 1, 0) },
    ],
    [
      "redacts it once for all records",
      "?service=a",
      "[{},{},{}]",
      { redact: [{ log_attribute: "service", regex: "a", replacement: "aa" }] },
      { query: "?service=aa", counts: only(1, 3, 0) },
    ],
    [
      "redacts a tag",
      "?ddtags=env%3Aprod,user:bob",
      "[{}]",
      { redact: [{ log_attribute: "user", replacement: "x" }] },
      { query: "?ddtags=env:prod,user:x", counts: only(1, 1, 0) },
    ],
    [
      "redacts all of a repeated one",
      "?service=a&x=1&service=b",
      "[{}]",
      { redact: [{ log_attribute: "service", replacement: "r" }] },
      { query: "?service=r&x=1&service=r", counts: only(1, 1, 0) },
    ],
    [
      "redacts it beside the log's own",
      "?service=a",
      '[{"service":"b"}]',
      { redact: [{ log_attribute: "service", replacement: "r" }] },
      { query: "?service=r", body: '[{"service":"r"}]', counts: only(1, 1, 0) },
    ],
    [
      "leaves it when nothing matches",
      "?service=a",
      "[{}]",
      { redact: [{ log_attribute: "service", regex: "z", replacement: "r" }] },
      { counts: only(1, 0, 1) },
    ],
    [
      "removes it",
      "?dd-api-key=k&service=a&service=b&x",
      "[{}]",
      { remove: [{ log_attribute: "service" }] },
      { query: "?dd-api-key=k&x", counts: only(0, 1, 0) },
    ],
    [
      "removes the only one",
      "?service=a",
      "[{}]",
      { remove: [{ log_attribute: "service" }] },
      { query: "", counts: only(0, 1, 0) },
    ],
    [
      "removes a tag",
      "?ddtags=env:prod,user:bob",
      "[{}]",
      { remove: [{ log_attribute: "user" }] },
      { query: "?ddtags=env:prod", counts: only(0, 1, 0) },
    ],
    [
      "renames nothing that all logs share",
      "?service=a",
      "[{}]",
      { rename: [{ from_log_attribute: "service", to: "svc" }] },
      { counts: only(2, 0, 1) },
    ],
    [
      "sees it as the target of a rename",
      "?service=a",
      '[{"x":1}]',
      { rename: [{ from_log_attribute: "x", to: "service", upsert: false }] },
      { counts: only(2, 0, 1) },
    ],
    [
      "renames over it, in the log",
      "?service=a",
      '[{"x":1}]',
      { rename: [{ from_log_attribute: "x", to: "service", upsert: true }] },
      { body: '[{"service":1}]', counts: only(2, 1, 0) },
    ],
    [
      "adds nothing where it is",
      "?service=a",
      "[{}]",
      { add: [{ log_attribute: "service", value: "b", upsert: false }] },
      { counts: only(3, 0, 1) },
    ],
    [
      "adds over it, in the log",
      "?service=a",
      "[{}]",
      { add: [{ log_attribute: "service", value: "b", upsert: true }] },
      { body: '[{"service":"b"}]', counts: only(3, 1, 0) },
    ],
  ])("%s", (_, query, records, operations, expected) => {
    expect(filtered(query, records, transform(operations))).toEqual({
      body: undefined,
      query: undefined,
      dropped: 0,
      ...expected,
      counts: [expected.counts],
    });
  });

  test("that adds reaches the value that counts, not its copies", () => {
    const add = transform({ add: [{ log_attribute: "a", value: "n", upsert: true }] });
    const result = filtered("?service=a", '[{"a":1,"ddtags":"a:2","a":3}]', add);
    expect(result).toMatchObject({ body: '[{"a":"n","ddtags":"a:2","a":"n"}]', query: undefined });
  });

  test("of some records holds for all: what it hides leaves with none", () => {
    const match = [{ log_attribute: "n", exact: "1" }];
    const redact = {
      match,
      ...transform({ redact: [{ log_attribute: "hostname", replacement: "r" }] }),
    };
    const result = filtered("?hostname=h", '[{"n":"2"},{"n":"1"},{"n":"2"}]', redact);
    expect(result).toEqual({
      body: undefined,
      query: "?hostname=r",
      dropped: 0,
      counts: [only(1, 1, 0)],
    });
  });

  test("of a dropped record changes nothing", () => {
    const redact = transform({ redact: [{ log_attribute: "hostname", replacement: "r" }] });
    const drop = { match: [{ log_attribute: "hostname", exact: "h" }], keep: "none" };
    const result = filtered("?hostname=h", "[{}]", redact, drop);
    expect(result).toMatchObject({ query: undefined, dropped: 1 });
  });

  test("is seen by the next one for the same record, and not by the next record", () => {
    const remove = transform({ remove: [{ log_attribute: "service" }] });
    const match = [{ log_attribute: "n", exact: "1" }];
    const add = transform({ add: [{ log_attribute: "service", value: "b", upsert: false }] });
    const records = '[{"n":"1"},{"n":"2"}]';
    const result = filtered("?service=a", records, { match, ...remove }, add);
    expect(result).toEqual({
      body: '[{"n":"1","service":"b"},{"n":"2"}]',
      query: "",
      dropped: 0,
      counts: [only(0, 1, 0), only(3, 1, 1)],
    });
  });

  test("is taken back with a body that turns out broken", () => {
    const redact = transform({ redact: [{ log_attribute: "service", replacement: "r" }] });
    expect(() => filtered("?service=a", "[{}", redact)).toThrow();
    expect(filtered("", "[{}]", redact)).toMatchObject({ query: undefined });
  });
});

test("a query that is not edited is never written, and one that is keeps all else", () => {
  const parameter = fc.oneof(
    fc.constantFrom("a", "a=", "=b", "", "x=%zz", "service=", "dd-api-key=k%20+", "ddsource"),
    fc.constantFrom("ddsource=n%67inx", "hostname=h+1", "ddtags=env%3Ap,x", "ddtags=y:%"),
  );
  const redact = transform({ redact: [{ log_attribute: "service", replacement: "r" }] });
  fc.assert(
    fc.property(fc.array(parameter), fc.array(parameter), (before, after) => {
      const around = (own: string): string => `?${[...before, own, ...after].join("&")}`;
      expect(filtered(around("none=1"), "[{}]", redact).query).toBeUndefined();
      expect(filtered(around("service=%61"), "[{}]", redact).query).toBe(around("service=r"));
    }),
    { numRuns: 200 },
  );
});
