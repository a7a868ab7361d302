// What is added to the headers of a request on its way out: the same as text and as headers.

import { describe, expect, test } from "bun:test";
import { AddedHeaders } from "../../src/upstream/added-headers.ts";

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
