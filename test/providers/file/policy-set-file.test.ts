// Policy files in protobuf: which files are taken for one, and what comes of them.

import { describe, expect, test } from "bun:test";
import { decodePolicyFile } from "../../../src/providers/index.ts";
import { dropOf, policySetBytes } from "../../policy/wire/policy-set.ts";

const SET = policySetBytes(dropOf("a"), { id: "b", logFilter: { action: "ACTION_DROP" } });

async function read(bytes: Uint8Array, path: string): Promise<unknown> {
  try {
    const { policies, locate } = await decodePolicyFile(bytes, path);
    return [policies.map(({ id, errors }) => [id, errors]), locate];
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
}

describe("a PolicySet", () => {
  const policies = [
    ["a", []],
    ["b", ["log_filter: matches: no matchers; give at least one"]],
  ];
  test.each(["p.binpb", "p.PB", "p", "policies.data"])(
    "is read from %s, without places",
    async (path) => {
      expect(await read(SET, path)).toEqual([policies, undefined]);
    },
  );

  test("has the hash of its bytes", async () => {
    const { hash } = await decodePolicyFile(SET, "p.binpb");
    expect(hash).toBe(new Bun.CryptoHasher("sha256").update(SET).digest("hex"));
  });

  test("that is none is told by the file's name", async () => {
    const text = new TextEncoder().encode('{"policies": []}');
    expect(await read(text, "p.binpb")).toMatch(/^p\.binpb: is no PolicySet: /);
    expect(await read(SET.subarray(0, 20), "p")).toMatch(/^p: is no PolicySet: not protobuf: /);
    expect(await read(new Uint8Array(0), "p.binpb")).toMatch(/^p\.binpb: is empty; /);
  });
});

describe("a text is none", () => {
  const set = JSON.stringify({ policies: [dropOf("a")] });
  const cases: [string, string][] = [
    ["p", `\n${set}`],
    ["p", `\n\t${set}\r\n`],
    ["p.json", `\n${set}`],
    ["p.yaml", `\n${set}`],
  ];
  test.each(cases)("%s: %j", async (path, text) => {
    const [policies] = (await read(new TextEncoder().encode(text), path)) as [unknown];
    expect(policies).toEqual([["a", []]]);
  });

  test("whatever bytes it holds, when its name says so", async () => {
    expect(await read(SET, "p.json")).toMatch(/^p\.json:2:1: expected a value, /);
  });
});
