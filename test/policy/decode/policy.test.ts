// Policies as a whole, sets of them, extensions, and the errors of regexes.

import { describe, expect, test } from "bun:test";
import {
  AUTHORING,
  decodePolicy,
  decodePolicySet,
  decodePolicySteps,
  policyErrors,
  policyPath,
  WIRE,
} from "../../../src/policy/decode/index.ts";
import { authored, BODY_EXISTS, field, wired } from "./build.ts";

const LOG = { match: [BODY_EXISTS], keep: "none" };
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

describe("a policy", () => {
  test("decodes to the model", () => {
    const tree = {
      id: "drop-debug",
      name: "Drop debug",
      description: "Noise.",
      enabled: true,
      created_at_unix_nano: "1700000000000000000",
      modifiedAtUnixNano: 1700000000000000000n,
      labels: [{ key: "team", value: { string_value: "core" } }],
      log: LOG,
      extensions: [],
    };
    expect(decodePolicy(tree, AUTHORING)).toStrictEqual({
      id: "drop-debug",
      name: "Drop debug",
      description: "Noise.",
      enabled: true,
      target: {
        signal: "log",
        matchers: [
          {
            field: field("body"),
            condition: { op: "exists" },
            negate: false,
            caseInsensitive: false,
          },
        ],
        keep: { kind: "none" },
      },
      extensions: [],
      errors: [],
    });
  });

  test("is enabled in files and disabled on the wire when it does not say", () => {
    const tree = { id: "a", name: "A", log: LOG };
    expect([
      decodePolicy(tree, AUTHORING).enabled,
      decodePolicy({ ...tree, enabled: false }, AUTHORING).enabled,
      decodePolicy(tree, WIRE).enabled,
      decodePolicy({ ...tree, enabled: true }, WIRE).enabled,
      decodePolicy(tree, { enabledDefault: true }).enabled,
    ]).toEqual([true, false, false, true, true]);
  });

  test("may have numbers for names", () => {
    const policy = decodePolicy({ id: 17, name: 2n ** 60n, description: 0.5, log: LOG }, AUTHORING);
    expect([policy.id, policy.name, policy.description, policy.errors]).toEqual([
      "17",
      "1152921504606846976",
      "0.5",
      [],
    ]);
  });

  const mistakes: [Record<string, unknown>, string[]][] = [
    [{ id: "" }, ["policy: id is missing; every policy needs one"]],
    [{ name: null }, ["policy: name is missing; every policy needs one"]],
    [{ id: ["a"] }, ["policy: id: expected a string, found a list"]],
    [
      { enabled: "false" },
      ['policy: enabled: expected true or false, found "false"; write it without quotes'],
    ],
    [{ log: undefined }, ["policy: no target; give one of log, metric, trace"]],
    [{ trace: {} }, ["policy: several targets: log, trace; give exactly one"]],
    [{ log: "drop" }, ['log: expected an object, found "drop"']],
    [{ lgo: {} }, ['policy: unknown key "lgo"; did you mean "log"?']],
    [
      { log: { ...LOG, sampel_key: {} } },
      ['log: unknown key "sampel_key"; did you mean "sample_key"?'],
    ],
    [{ extensions: {} }, ["policy: extensions: expected a list, found an object"]],
  ];
  for (const [changes, want] of mistakes) {
    test(`with ${JSON.stringify(changes)} is inert`, () => {
      expect(authored({ log: LOG, ...changes }).errors).toEqual(want);
    });
  }

  test("collects all of its errors", () => {
    const policy = authored({
      log: {
        match: [
          { log_field: "bdy", exists: true },
          { log_attribute: [], exact: "x" },
        ],
        keep: "bogus",
        sample_key: {},
        transform: { rename: [{ from_log_attribute: "a" }] },
      },
      extensions: [{ version: 1 }],
    });
    expect(policy.errors).toEqual([
      'log: match[0]: unknown log_field "bdy"; did you mean "body"?',
      "log: match[1]: attribute has empty path",
      "log: sample_key: no field; " +
        "give one of log_field, log_attribute, resource_attribute, scope_attribute",
      'log: keep: invalid value "bogus"; use "all", "none", "50%", "100/s" or "1/5m"',
      "log: transform: rename[0]: to is empty; give the new name",
      'policy: extensions[0]: type is missing; give a name such as "com.usetero/s3-dump"',
    ]);
  });

  test("of a newer schema is read on the wire as far as it is known", () => {
    const policy = wired({
      log: { ...LOG, newer: { a: 1 }, match: [{ logField: "LOG_FIELD_BODY", exists: true, n: 1 }] },
      newest: true,
    });
    expect(policy.errors).toEqual([]);
  });

  for (const tree of [null, 5, "x", [], undefined, new Uint8Array(2)]) {
    test(`that is ${Bun.inspect(tree)} is inert and nameless`, () => {
      const { errors, ...rest } = decodePolicy(tree, AUTHORING);
      expect(rest).toEqual({ id: "", name: "", enabled: true, extensions: [] });
      expect(errors).toEqual([expect.stringMatching(/^policy: expected an object, found /)]);
    });
  }
});

describe("extensions", () => {
  const S3 = { type: "com.usetero/s3-dump", version: "1.0.0" };
  const useOf = (extension: unknown, decode = authored) => {
    const policy = decode({ log: LOG, extensions: [extension] });
    if (policy.errors.length > 0) return policy.errors;
    const [use] = policy.extensions;
    return { ...use, config: text(use?.config) };
  };

  test("have a configuration of any kind", () => {
    expect([
      useOf(S3),
      useOf({ ...S3, config: { target: { kind: "s3", name: "eu" }, big: 2n ** 63n } }),
      useOf({ ...S3, config: "eyJhIjoxfQ==" }),
      useOf({ ...S3, config: "eyJhIjoxfQ" }, wired),
      useOf({ ...S3, config: '{"a": 1}' }),
      useOf({ ...S3, config: new Uint8Array([97]) }, wired),
      useOf({ ...S3, config: [1, "b"] }),
    ]).toEqual(
      ["", '{"target":{"kind":"s3","name":"eu"},"big":9223372036854775808}', '{"a":1}', '{"a":1}']
        .concat('{"a": 1}', "a", '[1,"b"]')
        .map((config) => ({ ...S3, mode: "matched", config })),
    );
  });

  test("keep a target that stands beside the configuration inside it", () => {
    const target = { kind: "s3", name: "eu" };
    expect([useOf({ ...S3, target }), useOf({ ...S3, config: { a: [] }, target })]).toEqual([
      { ...S3, mode: "matched", config: '{"target":{"kind":"s3","name":"eu"}}' },
      { ...S3, mode: "matched", config: '{"a":[],"target":{"kind":"s3","name":"eu"}}' },
    ]);
  });

  test("have modes by name and number", () => {
    const modes = ["kept", "EXTENSION_MODE_DROPPED", "Unmatched", 4, 5, 0, undefined].map(
      (mode) => authored({ log: LOG, extensions: [{ ...S3, mode }] }).extensions[0]?.mode,
    );
    expect(modes).toEqual(["kept", "dropped", "unmatched", "matched", "all", "matched", "matched"]);
  });

  test("may have a number for a version", () => {
    expect(useOf({ ...S3, version: 2 })).toEqual({
      ...S3,
      version: "2",
      mode: "matched",
      config: "",
    });
  });

  test("report their mistakes", () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 100; depth++) deep = { deep };
    const TOO_BIG = ["policy: extensions[0]: config: nested too deep or longer than 1 MiB"];
    expect([
      useOf({ ...S3, mode: "sometimes" }),
      useOf({ ...S3, config: 5 }),
      useOf({ ...S3, config: "e", target: {} }),
      useOf({ ...S3, config: "{}" }, wired),
      useOf({ ...S3, config: deep }),
      useOf({ ...S3, config: { long: "x".repeat(1 << 20) } }),
      useOf("s3"),
    ]).toEqual([
      [
        'policy: extensions[0]: unknown mode "sometimes"; ' +
          "use one of kept, dropped, unmatched, matched, all",
      ],
      ["policy: extensions[0]: config: expected a map or a string, found 5"],
      [
        "policy: extensions[0]: target stands beside a config that is not a map; " +
          "put it into the config",
      ],
      ['policy: extensions[0]: config: "{}" is not base64'],
      TOO_BIG,
      TOO_BIG,
      ['policy: extensions[0]: expected an object, found "s3"'],
    ]);
  });
});

describe("a set", () => {
  const policy = (id: string) => ({ id, name: id, log: LOG });

  test("is an object, a list, or one policy", () => {
    const layouts = [
      { policies: [policy("a"), policy("b")] },
      [policy("a"), policy("b")],
      policy("a"),
    ].map((tree) => {
      const set = decodePolicySet(tree, AUTHORING);
      return [set.layout, set.policies.map(({ id }) => id), policyPath(set, 0), set.errors];
    });
    expect(layouts).toEqual([
      ["set", ["a", "b"], ["policies", 0], []],
      ["list", ["a", "b"], [0], []],
      ["single", ["a"], [], []],
    ]);
  });

  test("lets one bad policy be inert and the others work", () => {
    const set = decodePolicySet({ policies: [policy("a"), 5, policy("b")] }, AUTHORING);
    expect(set.policies.map(({ errors }) => errors.length)).toEqual([0, 1, 0]);
  });

  test("makes the second policy of an id inert", () => {
    const set = decodePolicySet({ policies: [policy("a"), policy("b"), policy("a")] }, AUTHORING);
    expect(set.policies.map(({ errors }) => errors)).toEqual([
      [],
      [],
      ['policy: duplicate id "a"; policies[0] has it already'],
    ]);
  });

  test("accepts the other members of a sync response and $schema", () => {
    const tree = {
      $schema: "x",
      policies: [],
      hash: "h",
      syncTimestampUnixNano: "1",
      sync_type: 1,
    };
    expect(decodePolicySet(tree, AUTHORING).errors).toEqual([]);
  });

  test("reports what is wrong with the document", () => {
    const errors = (tree: unknown, dialect = AUTHORING) => decodePolicySet(tree, dialect).errors;
    expect([
      errors({ polices: [] }),
      errors({ policies: {} }),
      errors({ policies: [], extra: 1 }),
      errors("policies"),
      errors(undefined),
      errors({}, WIRE as never),
      errors({ newer: 1, policies: [] }, WIRE as never),
    ]).toEqual([
      [
        'unknown key "polices"; did you mean "policies"?',
        '"policies" is missing; give a list of policies',
      ],
      ["policies: expected a list, found an object"],
      ['unknown key "extra"'],
      ['expected an object with "policies", found text'],
      ['expected an object with "policies", found nothing'],
      [],
      [],
    ]);
  });

  test("is decoded in steps of 256", () => {
    const policies = Array.from({ length: 600 }, (_, at) => policy(`p${at}`));
    const steps = decodePolicySteps({ policies }, AUTHORING);
    expect([steps.next().done, steps.next().done]).toEqual([false, false]);
    const last = steps.next();
    expect(last.done === true && last.value.policies.length).toBe(600);
  });
});

describe("errors of regexes", () => {
  const validateRegex = (pattern: string) => (pattern.includes("(") ? "missing )" : undefined);
  const regexErrors = (policy: ReturnType<typeof authored>) =>
    policyErrors({ ...policy, errors: [] }, validateRegex);

  test("name their places in order", () => {
    const policy = authored({
      log: {
        match: [
          { log_field: "body", regex: "(" },
          { log_field: "body", regex: "fine" },
          { log_field: "body", contains: "(" },
          { log_attribute: "a", regex: '("quoted"' },
        ],
        transform: {
          redact: [{ log_field: "body" }, { log_field: "body", regex: "([bad" }],
        },
      },
    });
    const want = [
      'log: match[0]: invalid regex "(": missing )',
      'log: match[3]: invalid regex "("quoted"": missing )',
      'log: transform: redact[1]: invalid regex "([bad": missing )',
    ];
    expect(regexErrors(policy)).toEqual(want);
    expect(policyErrors(policy, validateRegex)).toEqual(want);
  });

  test("stand among the other errors in the order of the document", () => {
    const policy = authored({
      name: "",
      log: {
        match: [
          { log_attribute: [], regex: "a" },
          { log_field: "body", regex: "(" },
          { log_field: "body" },
        ],
        keep: "bogus",
        transform: {
          remove: [{ log_field: "bodi" }],
          redact: [{ log_field: "body", regex: "(" }],
          rename: [{ from_log_attribute: "a" }],
        },
      },
      extensions: [{}],
    });
    expect(policyErrors(policy, validateRegex).map((error) => error.split(/[;"]/)[0])).toEqual([
      "policy: name is missing",
      "log: match[0]: attribute has empty path",
      "log: match[1]: invalid regex ",
      "log: match[2]: no condition",
      "log: keep: invalid value ",
      "log: transform: remove[0]: unknown log_field ",
      "log: transform: redact[0]: invalid regex ",
      "log: transform: rename[0]: to is empty",
      "policy: extensions[0]: type is missing",
    ]);
  });

  test("are found in metric and trace policies", () => {
    const metric = authored({ metric: { match: [{ metric_field: 1, regex: "(" }], keep: true } });
    const trace = authored({
      trace: { match: [{ trace_field: 1, regex: "(" }], keep: { percentage: 1 } },
    });
    expect([...regexErrors(metric), ...regexErrors(trace)]).toEqual([
      'metric: match[0]: invalid regex "(": missing )',
      'trace: match[0]: invalid regex "(": missing )',
    ]);
    expect(regexErrors(authored({}))).toEqual([]);
  });
});
