// Attribute paths: nested, apart by scope, thousands of them.

import { describe, expect, test } from "bun:test";
import { Scope } from "../../../src/policy/fields.ts";
import { PathTrie } from "../../../src/policy/matching/path-trie.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const child = (trie: PathTrie, node: number, key: string): number =>
  trie.child(node, bytesOf(`"${key}"`), 1, bytesOf(key).length + 1);

describe("PathTrie", () => {
  test("leads along a nested path to its slot, and nowhere else", () => {
    const trie = new PathTrie();
    trie.setSlot(trie.add(Scope.record, [bytesOf("http"), bytesOf("route")]), 5);
    const http = child(trie, trie.root(Scope.record), "http");
    expect(http).toBeGreaterThanOrEqual(0);
    expect([trie.slot(http), trie.hasChildren(http)]).toEqual([-1, true]);
    const route = child(trie, http, "route");
    expect([trie.slot(route), trie.hasChildren(route)]).toEqual([5, false]);
    expect(child(trie, trie.root(Scope.record), "route")).toBe(-1);
    expect(child(trie, http, "http")).toBe(-1);
    expect(child(trie, http, "rout")).toBe(-1);
  });

  test("tells keys apart that have their length and three bytes in common", () => {
    const trie = new PathTrie();
    const keys = ["abcde", "aXcYe", "single"];
    for (const [i, key] of keys.entries()) trie.setSlot(trie.add(Scope.record, [bytesOf(key)]), i);
    const nodes = keys.map((key) => child(trie, Scope.record, key));
    expect(nodes.map((node) => trie.slot(node))).toEqual([0, 1, 2]);
    for (const other of ["aZcZe", "sXnXXe"]) expect(child(trie, Scope.record, other)).toBe(-1);
    expect(keys.map((key) => child(trie, Scope.scope, key))).toEqual([-1, -1, -1]);
  });

  test("has no root for a scope that nobody asks for", () => {
    const trie = new PathTrie();
    trie.add(Scope.resource, [bytesOf("service.name")]);
    expect(trie.root(Scope.record)).toBe(-1);
    expect(trie.root(Scope.resource)).toBe(Scope.resource);
  });

  test("keeps thousands of keys and scopes apart", () => {
    const trie = new PathTrie();
    for (let i = 0; i < 5000; i++) {
      trie.setSlot(trie.add(i % 2 === 0 ? Scope.record : Scope.scope, [bytesOf(`flag_${i}`)]), i);
    }
    const slots = Array.from({ length: 5000 }, (_, i) => {
      const record = child(trie, Scope.record, `flag_${i}`);
      const scope = child(trie, Scope.scope, `flag_${i}`);
      return [record, scope].map((node) => (node < 0 ? -1 : trie.slot(node)));
    });
    expect(slots).toEqual(
      Array.from({ length: 5000 }, (_, i) => (i % 2 === 0 ? [i, -1] : [-1, i])),
    );
  });
});
