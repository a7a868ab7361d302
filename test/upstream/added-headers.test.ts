// What is added to the headers of a request on its way out: the same as text and as headers.

import { describe, expect, test } from "bun:test";
import type { UpstreamHeaderRule, UpstreamKind } from "../../src/config/index.ts";
import { AddedHeaders } from "../../src/upstream/added-headers.ts";
import { HeaderChanges, UpstreamHeaders } from "../../src/upstream/header-changes.ts";

/** In the order of their names, as they would be sent. */
function added(own: AddedHeaders, headers: Record<string, string>): string[] {
  const sent = new Headers(headers);
  const lines = own.lines(sent).split("\r\n");
  expect(lines.pop()).toBe("");
  const all = [...own.all(sent)].map(([name, value]) => `${name}: ${value}`);
  expect(lines.toSorted()).toEqual(all.toSorted());
  expect(Object.fromEntries(sent)).toEqual(headers);
  return lines.toSorted();
}

describe("what a request to an upstream says of its own", () => {
  const own = new AddedHeaders("edge/1", "Basic abc", "1.1 edge-1");

  test("all of it, when the client says nothing", () => {
    expect(added(own, { accept: "*/*" })).toEqual([
      "accept: */*",
      "authorization: Basic abc",
      "user-agent: edge/1",
      "via: 1.1 edge-1",
    ]);
  });

  test("the client's name and credentials count, and its way goes on", () => {
    const headers = { authorization: "Bearer x", "user-agent": "sdk", via: "1.0 gateway" };
    expect(added(own, headers)).toEqual([
      "authorization: Bearer x",
      "user-agent: sdk",
      "via: 1.0 gateway, 1.1 edge-1",
    ]);
  });

  test("no credentials and no name in the way, when there are none", () => {
    const bare = new AddedHeaders("edge", undefined, undefined);
    expect(added(bare, {})).toEqual(["user-agent: edge"]);
    expect(added(bare, { via: "1.0 gateway" })).toEqual(["user-agent: edge", "via: 1.0 gateway"]);
  });
});

describe("what upstream_headers makes of it, after the client's headers and before its own", () => {
  /** `name=value`, with an action in front. */
  function changes(...texts: string[]): HeaderChanges {
    const rules = texts.map((text) => {
      const [, action = "", name = "", value] = /^(\w+) ([\w-]+)(?:=(.*))?$/.exec(text) ?? [];
      return { name, action, value, valueFile: undefined, upstreams: [] } as UpstreamHeaderRule;
    });
    return new HeaderChanges(
      rules,
      rules.map(({ value }) => value),
    );
  }

  const KEY = { "x-key": "client" };
  const BASIC = "Basic url";
  test.each<[string[], Record<string, string>, string | undefined, string[]]>([
    // A header of no meaning to Edge.
    [["set x-key=edge"], {}, undefined, ["x-key: edge"]],
    [["set x-key=edge"], KEY, undefined, ["x-key: edge"]],
    [["default x-key=edge"], {}, undefined, ["x-key: edge"]],
    [["default x-key=edge"], KEY, undefined, ["x-key: client"]],
    [["add x-key=edge"], {}, undefined, ["x-key: edge"]],
    [["add x-key=edge"], KEY, undefined, ["x-key: client, edge"]],
    [["remove x-key"], {}, undefined, []],
    [["remove x-key"], KEY, undefined, []],
    [["remove x-keys"], KEY, undefined, ["x-key: client"]],
    // Credentials: those of the rule, of the client, of the URL.
    [["set authorization=rule"], {}, BASIC, ["authorization: rule"]],
    [["set authorization=rule"], { authorization: "own" }, BASIC, ["authorization: rule"]],
    [["default authorization=rule"], {}, BASIC, ["authorization: rule"]],
    [["default authorization=rule"], { authorization: "own" }, BASIC, ["authorization: own"]],
    [["remove authorization"], { authorization: "own" }, BASIC, []],
    [["remove authorization"], {}, BASIC, []],
    [["set x-key=edge"], {}, BASIC, ["authorization: Basic url", "x-key: edge"]],
    // One after the other.
    [["remove x-key", "add x-key=a", "add x-key=b"], KEY, undefined, ["x-key: a, b"]],
    [["set x-key=a", "set x-key=b"], KEY, undefined, ["x-key: b"]],
    [["add x-key=a", "remove x-key"], KEY, undefined, []],
    [["default x-key=a", "default x-key=b"], {}, undefined, ["x-key: a"]],
    [["default x-key=a", "add x-key=b"], {}, undefined, ["x-key: a, b"]],
    [["default x-key=a", "add x-key=b"], KEY, undefined, ["x-key: client, b"]],
    [["add x-key=a", "default x-key=b"], {}, undefined, ["x-key: a"]],
    [["remove x-key", "default x-key=b"], KEY, undefined, ["x-key: b"]],
  ])("%j, of %j with the URL's %p", (rules, headers, url, expected) => {
    const own = new AddedHeaders("edge", url, undefined, changes(...rules));
    expect(added(own, headers)).toEqual([...expected, "user-agent: edge"].toSorted());
  });

  test("the name of the program is replaced, kept for clients without one, or left out", () => {
    const own = (rule: string) => new AddedHeaders("edge", undefined, undefined, changes(rule));
    const sdk = { "user-agent": "sdk" };
    expect(added(own("set user-agent=me"), sdk)).toEqual(["user-agent: me"]);
    expect(added(own("default user-agent=me"), sdk)).toEqual(["user-agent: sdk"]);
    expect(added(own("default user-agent=me"), {})).toEqual(["user-agent: me"]);
    expect(added(own("remove user-agent"), sdk)).toEqual([]);
  });

  test("the way goes on", () => {
    const own = new AddedHeaders("edge", undefined, "1.1 edge-1", changes("set x=1"));
    const sent = ["user-agent: edge", "via: 1.0 gateway, 1.1 edge-1", "x: 1"];
    expect(added(own, { via: "1.0 gateway" })).toEqual(sent);
  });
});

describe("the headers of each upstream", () => {
  const rule = (name: string, upstreams: UpstreamHeaderRule["upstreams"]): UpstreamHeaderRule => ({
    name,
    action: "set",
    value: undefined,
    valueFile: `/run/${name}`,
    upstreams,
  });
  const rules = [rule("a", ["logs", "traces"]), rule("b", ["logs", "metrics", "traces"])];

  test("are those of the rules for it, and the same where the rules are the same", () => {
    const all = new UpstreamHeaders(rules, ["1", "2"]);
    expect(all.of("default")).toBeUndefined();
    expect(all.of("logs")).toBe(all.of("traces"));
    const names = (kind: UpstreamKind) => [...(all.of(kind)?.all ?? [])].map(({ name }) => name);
    expect([names("logs"), names("metrics")]).toEqual([["a", "b"], ["b"]]);
    expect(all.keyOf("logs")).toBe(all.keyOf("traces"));
    expect(all.keyOf("logs")).not.toBe(all.keyOf("metrics"));
  });

  test("have other values from the next request on", () => {
    const all = new UpstreamHeaders(rules, ["1", "2"]);
    const own = new AddedHeaders("edge", undefined, undefined, all.of("metrics"));
    expect(added(own, {})).toEqual(["b: 2", "user-agent: edge"]);
    all.use(["3", "4"]);
    expect(added(own, {})).toEqual(["b: 4", "user-agent: edge"]);
    expect(all.values).toEqual(["3", "4"]);
    expect(added(new AddedHeaders("edge", undefined, undefined, all.of("logs")), {})).toEqual([
      "a: 3",
      "b: 4",
      "user-agent: edge",
    ]);
  });
});
