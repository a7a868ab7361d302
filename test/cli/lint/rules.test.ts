// What `lint` says of sets of policies, and of what it says nothing.

import { describe, expect, test } from "bun:test";
import { lintNames } from "../../../src/cli/lint/attribute-names.ts";
import { lintPolicies } from "../../../src/cli/lint/rules.ts";
import { AUTHORING, decodePolicySet } from "../../../src/policy/index.ts";

type Json = Readonly<Record<string, unknown>>;

function decoded(...logs: readonly Json[]) {
  const policies = logs.map((log, i) => ({
    id: `p${i}`,
    name: "n",
    ...(log["log"] ? log : { log }),
  }));
  const set = decodePolicySet({ policies }, AUTHORING);
  expect(set.errors).toEqual([]);
  return set.policies;
}
const found = (...logs: readonly Json[]): readonly string[] =>
  lintPolicies(decoded(...logs)).map(({ index, rule, text }) => `${index} ${rule}: ${text}`);

const debug = { log_field: "severity_text", exact: "DEBUG" };
const shop = { resource_attribute: "service.name", exact: "shop" };
const transform = { remove: [{ log_attribute: "a" }] };

describe("policies with the same matchers", () => {
  test("that do the same are duplicates, in any order of their matchers", () => {
    expect(
      found({ match: [debug, shop], keep: "none" }, { match: [shop, debug], keep: "none" }),
    ).toEqual(['1 duplicate: log: does what "p0" does: remove one of them']);
  });

  test("that keep differently contradict each other", () => {
    expect(found({ match: [shop], keep: "10%" }, { match: [shop], keep: "5/s" })).toEqual([
      '1 contradiction: log: keep: matches the same records as "p0", which keeps 10 %: the stricter one decides',
    ]);
  });

  test("that transform differently are fine, and so are those that are turned off", () => {
    expect(
      found({ match: [shop], keep: "all", transform }, { match: [shop], keep: "all" }),
    ).toEqual([]);
    const off = { enabled: false, log: { match: [debug], keep: "none" } };
    expect(found({ match: [debug], keep: "none" }, off)).toEqual([]);
  });
});

describe("a policy whose matchers another one has part of", () => {
  test("never has an effect when that drops", () => {
    expect(
      found({ match: [debug, shop], keep: "all", transform }, { match: [debug], keep: "none" }),
    ).toEqual(['0 shadowed: log: never has an effect: "p1" drops all that it matches']);
  });

  test("has one when that keeps, or asks for more, or is negated", () => {
    expect(found({ match: [debug, shop], keep: "all" }, { match: [debug], keep: "50%" })).toEqual(
      [],
    );
    expect(found({ match: [debug], keep: "all" }, { match: [debug, shop], keep: "none" })).toEqual(
      [],
    );
    const not = { ...debug, negate: true };
    expect(found({ match: [debug, shop], keep: "all" }, { match: [not], keep: "none" })).toEqual(
      [],
    );
  });
});

describe("a regex", () => {
  const advice = (regex: string): readonly string[] =>
    found({ match: [{ log_field: "body", regex }], keep: "none" }).map((line) =>
      line.replace("0 literal-regex: log: match[0]: regex: ", ""),
    );
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["health", ['is a literal only: contains: "health" says the same']],
    ["^GET /", ['is a literal only: starts_with: "GET /" says the same']],
    ["\\.js$", ['is a literal only: ends_with: ".js" says the same']],
    ["^ok$", ['is a literal only: exact: "ok" says the same']],
    [
      "(?i)error",
      ['is a literal only: contains: "error" with case_insensitive: true says the same'],
    ],
    [".*", ["matches every value: use exists: true"]],
    ["a|b", []],
    ["a.*b", []],
    ["[0-9]", []],
  ];
  for (const [regex, texts] of cases) test(regex, () => expect(advice(regex)).toEqual(texts));
});

describe("the name of an attribute", () => {
  const near = (name: string): readonly string[] =>
    lintNames(decoded({ match: [{ log_attribute: name, exists: true }], keep: "none" })).map(
      ({ text }) => text,
    );
  const slips: readonly (readonly [string, string])[] = [
    ["service.nme", "service.name"],
    ["servcie.name", "service.name"],
    ["http.request.metod", "http.request.method"],
    ["http_request_method", "http.request.method"],
    ["URL.full", "url.full"],
  ];
  for (const [name, known] of slips) {
    test(`${name} is nearly ${known}`, () => {
      expect(near(name)).toEqual([
        `log: match[0]: "${name}" is no name of the semantic conventions; did you mean "${known}"?`,
      ]);
    });
  }

  for (const name of ["service.name", "team.name", "user", "http.status", "shop.order.id", "k8s"]) {
    test(`${name} is fine`, () => expect(near(name)).toEqual([]));
  }

  test("is looked for in redactions and removals, too", () => {
    const policies = decoded({
      match: [shop],
      keep: "all",
      transform: {
        remove: [{ resource_attribute: "host.nam" }],
        redact: [{ log_attribute: "user.emial", replacement: "x" }],
      },
    });
    expect(lintNames(policies).map(({ text }) => text)).toEqual([
      'log: transform: redact[0]: "user.emial" is no name of the semantic conventions; did you mean "user.email"?',
      'log: transform: remove[0]: "host.nam" is no name of the semantic conventions; did you mean "host.name"?',
    ]);
  });
});

describe("policies with groups of matchers", () => {
  const groups = { match_group: [[debug], { match: [shop] }] };

  test("are the same in any order of their groups", () => {
    const turned = { match_group: [[shop], [debug]], keep: "none" };
    expect(found({ ...groups, keep: "none" }, turned)).toEqual([
      '1 duplicate: log: does what "p0" does: remove one of them',
    ]);
    expect(found({ ...groups, keep: "none" }, { match: [debug, shop], keep: "all" })).toEqual([
      '1 shadowed: log: never has an effect: "p0" drops all that it matches',
    ]);
  });

  test("never have an effect when others drop what each of their groups matches", () => {
    const dropDebug = { match: [debug], keep: "none" };
    const dropShop = { match: [shop], keep: "none" };
    expect(found({ ...groups, keep: "all" }, dropDebug, dropShop)).toEqual([
      '0 shadowed: log: never has an effect: "p1", "p2" together drop all that it matches',
    ]);
    expect(found({ ...groups, keep: "all" }, dropDebug)).toEqual([]);
  });

  test("are told of patterns and names by their group", () => {
    const literal = { log_field: "body", regex: "^GET$" };
    expect(found({ match_group: [[debug], [shop, literal]], keep: "none" })).toEqual([
      '0 literal-regex: log: match_group[1]: match[1]: regex: is a literal only: exact: "GET" says the same',
    ]);
    const slip = { resource_attribute: "service.nmae", exact: "x" };
    const names = lintNames(decoded({ match_group: [[debug], [slip]], keep: "none" }));
    expect(names.map(({ text }) => text)).toEqual([
      'log: match_group[1]: match[0]: "service.nmae" is no name of the semantic conventions; did you mean "service.name"?',
    ]);
  });
});

test("filters of the other dialect contradict their own kind only", () => {
  const matches = [{ target: { record_field: "BODY" }, predicate: { equals: "x" } }];
  const policies = [
    { id: "drop", log_filter: { matches, action: "DROP" } },
    { id: "keep", log_filter: { matches, action: "KEEP" } },
    { id: "all", name: "n", log: { match: [{ log_field: "body", equals: "x" }], keep: "all" } },
  ];
  const set = decodePolicySet({ policies }, AUTHORING);
  expect(lintPolicies(set.policies).map(({ rule, text }) => `${rule}: ${text}`)).toEqual([
    'contradiction: log_filter: action: matches the same records as "drop": ACTION_KEEP decides',
  ]);
});

test("samplings of the same spans are told to decide by the stricter one", () => {
  const matches = [{ target: { record_field: "KIND" }, predicate: { equals: "SERVER" } }];
  const policies = [5, 50].map((percentage) => ({
    id: `p${percentage}`,
    trace_sampling: { matches, sampling: { percentage } },
  }));
  const set = decodePolicySet({ policies }, AUTHORING);
  expect(lintPolicies(set.policies).map(({ rule, text }) => `${rule}: ${text}`)).toEqual([
    'contradiction: trace_sampling: sampling: matches the same records as "p5", which keeps 5 %: the stricter one decides',
  ]);
});
