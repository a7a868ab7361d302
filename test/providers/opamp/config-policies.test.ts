// Which entries of an OpAMP configuration are policies, and what comes of them.

import { describe, expect, test } from "bun:test";
import { fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { SyncResponseSchema } from "../../../src/proto/index.ts";
import { readPolicies } from "../../../src/providers/opamp/config-policies.ts";
import { dropOf, policySetBytes } from "../../policy/wire/policy-set.ts";
import { syncResponse } from "../http/stub-control-plane.ts";

const JSON_SET = JSON.stringify({ policies: [dropOf("a")] });
const YAML_SET = `policies:\n  - ${JSON.stringify(dropOf("a"))}\n`;
const BINARY_SET = policySetBytes(dropOf("a"));
const SYNC = toBinary(
  SyncResponseSchema,
  fromJson(SyncResponseSchema, syncResponse(["t"]) as JsonValue),
);
const PROTO = "proto=opentelemetry.proto.policies.v1development.PolicySet";

type Entry = readonly [name: string, contentType: string, body: string | Uint8Array];

async function read(...entries: readonly Entry[]): Promise<unknown> {
  try {
    const { policies } = await setOf(...entries);
    return policies.map(({ id }) => id);
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
}

function setOf(...entries: readonly Entry[]) {
  return readPolicies({
    hash: new Uint8Array([0xab, 1]),
    entries: entries.map(([name, contentType, body]) => ({
      name,
      contentType,
      body: typeof body === "string" ? new TextEncoder().encode(body) : body,
    })),
  });
}

describe("an entry is read by its content type, else by its name, else by what it holds", () => {
  const cases: readonly Entry[] = [
    ["", "application/json", JSON_SET],
    ["x", "Text/JSON; charset=utf-8", JSON_SET],
    ["p.json", "application/yaml", YAML_SET],
    ["", "text/x-yaml", YAML_SET],
    ["", "application/x-yaml", JSON_SET],
    ["", `application/protobuf; ${PROTO}`, BINARY_SET],
    ["", "application/x-protobuf", BINARY_SET],
    ["p.binpb", "", BINARY_SET],
    ["", "", BINARY_SET],
    ["p.yaml", "", YAML_SET],
    ["", "", JSON_SET],
    ["", "", YAML_SET],
    ["", "text/yaml", JSON.stringify(dropOf("a"))],
  ];
  test.each(cases)("%j as %j", async (name, contentType, body) => {
    expect(await read([name, contentType, body])).toEqual(["a"]);
  });
});

describe("several entries", () => {
  test("are one set, in the order of their names in the message, in either dialect", async () => {
    const mixed = new Uint8Array([...BINARY_SET, ...SYNC]);
    const yaml = YAML_SET.replace('"a"', '"b"');
    expect(
      await read(["1", "application/protobuf", mixed], ["2", "application/yaml", yaml]),
    ).toEqual(["a", "t", "b"]);
  });

  test("of other content types are left alone, but not all of them", async () => {
    const other: Entry = ["collector", "text/toml", "a = 1"];
    expect(await read(other, ["p", "application/json", JSON_SET])).toEqual(["a"]);
    expect(await read(other)).toBe(
      'no entry of the configuration holds policies; content types: "text/toml"; give application/json, application/yaml or application/protobuf',
    );
  });

  test("fail together when one is no document of policies, which is named", async () => {
    const good: Entry = ["a.json", "", JSON_SET];
    const cases: readonly (readonly [Entry, string | RegExp])[] = [
      [["b", "application/json", "{"], /^b\.json:1:2: /],
      [
        ["", "text/yaml", "receivers: {}\n"],
        'config.yaml: "policies" is missing; give a list of policies',
      ],
      [["b", "application/json", ""], /^b\.json: is empty; /],
      [["b", `application/protobuf; ${PROTO}`, new Uint8Array([0x0a])], /^b: not protobuf: /],
      [["b", "application/protobuf", ""], "b: holds no policies"],
    ];
    for (const [entry, reason] of cases) {
      const told = await read(good, entry);
      if (typeof reason === "string") expect(told).toBe(reason);
      else expect(told).toMatch(reason);
    }
  });

  test("have bad policies of their own, and each error its place", async () => {
    const bad = '{"policies": [{"id": "x"}]}';
    const unset = policySetBytes({ id: "y", logFilter: { action: "ACTION_DROP" } });
    const { policies, locate, hash } = await setOf(
      ["1.json", "", JSON_SET],
      ["2.json", "", bad],
      ["3", "application/x-protobuf", unset],
    );
    expect([hash, policies.map(({ id, errors }) => [id, errors.length > 0])]).toEqual([
      "ab01",
      [
        ["a", false],
        ["x", true],
        ["y", true],
      ],
    ] as never);
    const wanted = [1, 2].map((index) => ({ index, error: policies[index]!.errors[0]! }));
    expect(await locate!(wanted)).toEqual(["2.json:1:15", "3"]);
  });
});

describe("what a configuration may hold is bounded", () => {
  test("of content types that hold no policies not all are repeated", async () => {
    const others = Array.from({ length: 900 }, (_, i): Entry => [`o${i}`, `text/x-${i}`, "x"]);
    const reason = await read(...others);
    expect(reason).toStartWith(
      'no entry of the configuration holds policies; content types: "text/x-0", "text/x-1", ',
    );
    expect(String(reason).length).toBeLessThan(700);
  });
});
