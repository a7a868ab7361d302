// Policy files as text: JSON and YAML to the same trees, and errors with line, column and cure.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { stringify } from "yaml";
import {
  parsePolicyDocument,
  PolicyDocumentError,
} from "../../../src/providers/file/policy-document.ts";

const treeOf = (text: string, file = "p.yaml") => parsePolicyDocument(text, file).tree;

function failure(text: string, file: string): string {
  try {
    parsePolicyDocument(text, file);
    return "none";
  } catch (error) {
    if (!(error instanceof PolicyDocumentError)) throw error;
    return error.message;
  }
}

describe("the format", () => {
  test("follows the extension, else the content", () => {
    const list = ["a.json", "a.JSON", "a.yaml", "a.yml", "policies", "a.conf"];
    expect(list.map((file) => treeOf('{"policies": []}', file))).toEqual(
      list.map(() => ({ policies: [] })),
    );
    expect(treeOf("policies: []", "policies")).toEqual({ policies: [] });
    expect(failure("policies: []", "a.json")).toBe(
      "a.json:1:1: expected a value, found a word without quotes",
    );
  });
});

describe("JSON", () => {
  test("keeps integers of 64 bits", () => {
    expect(treeOf('{"a": 9223372036854775807, "b": 5}', "a.json")).toEqual({
      a: 9223372036854775807n,
      b: 5,
    });
  });

  test("errors say file, line, column and cure", () => {
    expect([
      failure('{\n  "policies": [\n    {"id": "a",}\n  ]\n}', "dir/p.json"),
      failure('{"a": 1,\r\n "a": 2}', "p.json"),
      failure("", "p.json"),
    ]).toEqual([
      'dir/p.json:3:15: a comma stands before "}"; take it away',
      'p.json:2:2: duplicate key "a"; keep one of the two',
      "p.json:1:1: expected a value, found the end of the document",
    ]);
  });
});

describe("YAML", () => {
  test("reads what policies are written with", () => {
    const text = `# policies
policies:
  - id: waste          # a comment
    name: Dump waste
    description: >
      Folded over
      two lines.
    log:
      match:
        - log_field: body
          regex: "[error|failed].*$"
        - {resource_attribute: [service.name], equals: true}
        - log_attribute: http.status
          gte: 500
        - log_attribute: ratio
          lt: .5
      keep: 50%
    extensions:
      - type: com.usetero/s3-dump
        version: 1.0.0
        config:
          target: {kind: s3, name: eu-bucket}
`;
    expect(treeOf(text)).toEqual({
      policies: [
        {
          id: "waste",
          name: "Dump waste",
          description: "Folded over two lines.\n",
          log: {
            match: [
              { log_field: "body", regex: "[error|failed].*$" },
              { resource_attribute: ["service.name"], equals: true },
              { log_attribute: "http.status", gte: 500 },
              { log_attribute: "ratio", lt: 0.5 },
            ],
            keep: "50%",
          },
          extensions: [
            {
              type: "com.usetero/s3-dump",
              version: "1.0.0",
              config: { target: { kind: "s3", name: "eu-bucket" } },
            },
          ],
        },
      ],
    });
  });

  const scalars: [string, unknown][] = [
    ["50%", "50%"],
    [".01%", ".01%"],
    ["1/5m", "1/5m"],
    ["1.0.0", "1.0.0"],
    ["500", 500],
    ["0.5", 0.5],
    ["0x1F", 31],
    ["~", null],
    ["", null],
    ["no", "no"],
    ["True", true],
    ["'it''s'", "it's"],
    ["2024-01-01", "2024-01-01"],
    ["9007199254740993", 9007199254740993n],
    ["-9223372036854775808", -9223372036854775808n],
    ["1234567890123456", 1234567890123456],
    ['"1234567890123456789"', "1234567890123456789"],
    ["!!str 5", "5"],
  ];
  for (const [text, want] of scalars) {
    test(`reads ${text || "nothing"} as ${Bun.inspect(want)}`, () => {
      expect(treeOf(`k: ${text}\n`)).toEqual({ k: want });
    });
  }

  test("resolves anchors, aliases and merge keys", () => {
    expect(treeOf("a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 2\n")).toEqual({
      a: { b: 1 },
      c: { b: 1 },
      d: { b: 1, e: 2 },
    });
  });

  test("may begin with a document mark or a byte order mark", () => {
    expect([treeOf("---\na: 1\n"), treeOf("\uFEFFa: 1\n"), treeOf("")]).toEqual([
      { a: 1 },
      { a: 1 },
      null,
    ]);
  });

  test("is the tree that was written", () => {
    // Strings that look like other scalars, keys with blanks, nesting: all written by another
    // writer.
    const text = fc.oneof(
      fc.string({ unit: "grapheme-ascii" }),
      fc.constantFrom("50%", "1.0", "yes", "null", "# x", "a: b", "- a", "", " ", "'", "\n", "é"),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        text,
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(text, tie("tree"), { maxKeys: 3, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(tree, fc.boolean(), (value, flow) => {
        fc.pre(!JSON.stringify(value).includes("__proto__"));
        const written = stringify({ value }, flow ? { collectionStyle: "flow" } : {});
        expect(treeOf(written)).toEqual({ value } as never);
      }),
      { numRuns: 200 },
    );
  });

  test("errors say file, line, column and cure", () => {
    expect([
      failure("policies:\n  - id: a\n    name: x\n    id: b\n", "p.yaml"),
      failure("a: {b: 1, b: 2}\n", "p.yml"),
      failure('a: 1\n"a": 2\n', "p.yml"),
      failure("{a, b: 1, b: 2}\n", "p.yml"),
      failure("policies:\n\t- id: a\n", "p.yaml"),
      failure("a: 1\n---\nb: 2\n", "p.yaml"),
      failure("a: *nobody\n", "p.yaml"),
      failure("a: [1, 2\n", "p.yaml"),
      failure("a: b: c\n", "p.yaml"),
      failure("policies: []\n}\n", "p.yaml"),
    ]).toEqual([
      "p.yaml:4:5: duplicate key; keep one of the two",
      "p.yml:1:11: duplicate key; keep one of the two",
      "p.yml:2:1: duplicate key; keep one of the two",
      "p.yml:1:11: duplicate key; keep one of the two",
      "p.yaml:2:1: a tab indents this line; use blanks",
      'p.yaml:2:1: several documents; put all policies into one list under "policies"',
      "p.yaml:1:4: an alias whose anchor does not stand before it",
      "p.yaml:2:1: Flow sequence in block collection must be sufficiently indented and " +
        "end with a ]",
      "p.yaml:1:4: Nested mappings are not allowed in compact mappings",
      "p.yaml:2:1: something that YAML does not allow here",
    ]);
  });

  test("refuses references that multiply", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let at = 1; at < 9; at++) {
      const refs = Array.from({ length: 10 }, () => `*a${at - 1}`).join(", ");
      lines.push(`a${at}: &a${at} [${refs}]`);
    }
    expect(failure(lines.join("\n"), "p.yaml")).toBe(
      "p.yaml:7:35: aliases that unfold to more than the largest file may hold",
    );
  });
});

describe("a text that is no policy file", () => {
  const MANY = 1000;
  const texts: [string, string, string][] = [
    ["quotes", '"'.repeat(MANY), "p.yaml:1:3: something that YAML does not allow here"],
    ["a log", '{"a": 1}\n'.repeat(MANY), "p.yaml:2:1: something that YAML does not allow here"],
    [
      "brackets",
      "[".repeat(MANY),
      "p.yaml:1:1001: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    ["dashes", "- ".repeat(MANY), "p.yaml:1:403: nested too deep"],
    [
      "a long number",
      `a: ${"9".repeat(401)}`,
      "p.yaml:1:4: a number of more than 400 characters; write it in quotes",
    ],
    [
      "one alias in itself",
      "a: &x [*x]",
      "p.yaml:1:8: an alias whose anchor does not stand before it",
    ],
    ["a merged word", "a: {<<: word}", "p.yaml:1:5: << merges maps only"],
    ["a map as a key", "{a: 1}: 2", "p.yaml:1:1: a key that is no text"],
    ["repeated keys", "a: 1\n".repeat(MANY), "p.yaml:2:1: duplicate key; keep one of the two"],
  ];
  for (const [what, text, want] of texts) {
    test(`of ${what} is told by its first error`, () => {
      expect(failure(text, "p.yaml")).toBe(want);
    });
  }

  test("of many aliases, or many keys, is read", () => {
    expect(treeOf(`a: &x 1\nl:\n${"  - *x\n".repeat(MANY)}`)).toEqual({
      a: 1,
      l: Array.from({ length: MANY }, () => 1),
    });
    expect(treeOf(`a: "1"\na: "${"9".repeat(401)}"`.replace("\na:", "\nb:"))).toEqual({
      a: "1",
      b: "9".repeat(401),
    });
  });

  const secrets = [
    "hunter2",
    "hunter2 and more",
    "hunter2: x: y",
    "*hunter2",
    "!hunter2 {",
    "%hunter2 x\n---\na: 1\n---",
    '"\\hunter2"',
    "[hunter2",
    "- hunter2\n hunter2",
    "a: hunter2\n\tb: hunter2",
    '{"a": hunter2}',
    '{"a": "x" hunter2',
    '"a" hunter2',
  ];
  for (const text of secrets) {
    test(`of ${JSON.stringify(text)} is told without a word of it`, () => {
      const told = ["p.yaml", "p.json"].map((file) => failure(text, file));
      expect(told.filter((one) => one.includes("unter2"))).toEqual([]);
    });
  }
});

describe("the place of a value", () => {
  const json = `{
  "policies": [
    {"id": "a", "log": {"match": [{"logField": "body", "exact": 500}], "sampleKey": {}}}
  ]
}`;
  const yaml = `policies:
  - id: a
    log:
      match:
        - logField: body
          exact: 500
      sampleKey: {}
`;
  const paths = [
    [],
    ["policies", 0],
    ["policies", 0, "log", "match", 0, "exact"],
    ["policies", 0, "log", "sample_key"],
    ["policies", 0, "log", "match", 0, "missing", "member"],
    ["policies", 5],
  ];
  const placesIn = (text: string, file: string) => {
    const document = parsePolicyDocument(text, file);
    return paths.map((path) => {
      const { line, column } = document.locate(path);
      return `${line}:${column}`;
    });
  };

  test("is its line and column in JSON and in YAML", () => {
    expect([placesIn(json, "p.json"), placesIn(yaml, "p.yaml")]).toEqual([
      ["1:1", "3:5", "3:65", "3:85", "3:35", "2:15"],
      ["1:1", "2:5", "6:18", "7:18", "5:11", "2:3"],
    ]);
  });

  test("of an empty document is its beginning", () => {
    expect(parsePolicyDocument("", "p.yaml").locate(["policies", 0])).toEqual({
      line: 1,
      column: 1,
    });
  });
});
