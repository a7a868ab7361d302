// Editing a JSON value changes what was named and leaves every other byte.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { JsonNode, KeyTable } from "../../../src/core/json/index.ts";
import { decodeUtf8, encodeUtf8 } from "../../../src/core/utf8.ts";
import { NODE_NS, PASSED_BYTE_NS, TooMuchWorkError, Work } from "../../../src/core/work.ts";
import { jsonText } from "./arbitrary-json.ts";

const KEYS = new KeyTable({ a: 1, b: 2, snake_case: 3, snakeCase: 3 });

function edited(text: string, edit: (root: JsonNode) => void): string {
  const root = JsonNode.of(encodeUtf8(text));
  edit(root);
  return decodeUtf8(root.print());
}
function node(text: string): JsonNode {
  return JsonNode.of(encodeUtf8(text));
}

describe("reading", () => {
  test("tells types, texts, strings and keys", () => {
    const root = node(' {"a" : [1, "x\\n", true, false, null, {}], "\\u0062":-1.50e3}'.trim());
    const [list, number] = root.children;
    expect(list!.children.map((item) => item.type)).toEqual([
      "number",
      "string",
      "true",
      "false",
      "null",
      "object",
    ]);
    expect(decodeUtf8(list!.children[1]!.string)).toBe("x\n");
    expect(decodeUtf8(number!.key)).toBe("b");
    expect(decodeUtf8(number!.text)).toBe("-1.50e3");
    expect([root.type, list!.type, number!.children.length]).toEqual(["object", "array", 0]);
  });

  test("takes the last of equal members, in any spelling of the key", () => {
    const root = node('{"a":1,"snake_case":2,"\\u0061":3,"snakeCase":4,"A":5}');
    expect(decodeUtf8(root.member(KEYS, 1)!.text)).toBe("3");
    expect(decodeUtf8(root.member(KEYS, 3)!.text)).toBe("4");
    expect(root.member(KEYS, 2)).toBeUndefined();
  });
});

describe("editing", () => {
  test.each<[string, string, (root: JsonNode) => void, string]>([
    [
      "replaces a value",
      '{ "a" : 1e0 , "a":[ 2 ] }',
      (root) => root.children[0]!.replace(encodeUtf8('"x"')),
      '{ "a" : "x" , "a":[ 2 ] }',
    ],
    [
      "replaces deep down",
      '[ {"a": [ 1.0, {"b" :null }]} ,"\\u0041"]',
      (root) =>
        root.children[0]!.children[0]!.children[1]!.children[0]!.replace(encodeUtf8("true")),
      '[ {"a": [ 1.0, {"b" :true }]} ,"\\u0041"]',
    ],
    ["removes the first", "[ 1 , 2 ]", (root) => root.children[0]!.remove(), "[ 2 ]"],
    ["removes the last", "[ 1 , 2 ]", (root) => root.children[1]!.remove(), "[ 1 ]"],
    ["removes the only one", '{"a":1 }', (root) => root.children[0]!.remove(), "{}"],
    [
      "appends members",
      '{"a":1}',
      (root) => root.appendMember(encodeUtf8('q"'), node("[]")),
      '{"a":1,"q\\"":[]}',
    ],
    [
      "appends to an empty container",
      "[ [ ] ]",
      (root) => root.children[0]!.appendElement(node("1")),
      "[ [1] ]",
    ],
    [
      "moves an element with its text",
      '[ {"a" : 1.0}, 2 ]',
      (root) => {
        const [first] = root.children;
        first!.remove();
        root.appendElement(first!);
      },
      '[ 2 ,{"a" : 1.0}]',
    ],
    [
      "edits what was appended",
      "{}",
      (root) => {
        root.appendMember(encodeUtf8("a"), node("[]"));
        root.member(KEYS, 1)!.appendElement(node("7"));
      },
      '{"a":[7]}',
    ],
    [
      "reads what was put in place of a value",
      '{"a":1}',
      (root) => {
        root.children[0]!.replace(encodeUtf8("[ 1 ]"));
        root.children[0]!.appendElement(node("2"));
      },
      '{"a":[ 1 ,2]}',
    ],
  ])("%s", (_, text, edit, expected) => {
    expect(edited(text, edit)).toBe(expected);
  });

  test("removes all children that are named, and none is no change", () => {
    const root = node('[1,"x", 2 ,"x"]');
    root.removeChildren((child) => child.type === "object");
    expect(root.changed).toBe(false);
    root.removeChildren((child) => child.type === "string");
    expect([decodeUtf8(root.print()), root.changed]).toEqual(["[1, 2 ]", true]);
  });

  test("says whether anything changed", () => {
    const root = node('{"a":{"b":1}}');
    const inner = root.children[0]!.children[0]!;
    expect(root.changed).toBe(false);
    inner.replace(encodeUtf8("2"));
    expect(root.changed).toBe(true);
  });

  test("without an edit prints the very same bytes", () => {
    const visit = (at: JsonNode): void => at.children.forEach(visit);
    fc.assert(fc.property(jsonText, (text) => expect(edited(text, visit)).toBe(text)));
  });

  test("changes the chosen value of any document and nothing else", () => {
    const choose = (at: JsonNode, choice: number): JsonNode => {
      const { children } = at;
      if (children.length === 0 || choice === 0) return at;
      return choose(children[choice % children.length]!, Math.floor(choice / 3));
    };
    fc.assert(
      fc.property(jsonText, fc.nat(), (text, choice) => {
        let old = "";
        const result = edited(text, (root) => {
          const chosen = choose(root, choice);
          old = decodeUtf8(chosen.text);
          chosen.replace(encodeUtf8('"\u2603new\u2603"'));
        });
        expect(result.replace('"\u2603new\u2603"', () => old)).toBe(text);
      }),
    );
  });

  test("removes the chosen element of any array", () => {
    const list = fc.array(jsonText, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(list, fc.nat(), (items, choice) => {
        const index = choice % items.length;
        const result = edited(`[${items.join(",")}]`, (root) => root.children[index]!.remove());
        expect(result).toBe(`[${items.toSpliced(index, 1).join(",")}]`);
      }),
    );
  });
});

describe("a member has a key", () => {
  test.each<[string, string, boolean]>([
    ['"ab"', "ab", true],
    ['"ab"', "a", false],
    ['"a"', "ab", false],
    ['"ab"', "ac", false],
    ['""', "", true],
    ['"a"', "", false],
    ['"\\u0061b"', "ab", true],
    ['"a\\u0062"', "ab", true],
    ['"a\\u0062"', "a", false],
    ['"\\\\n"', "\\n", true],
    ['"\\n"', "\\n", false],
    ['"\\ud83d\\ude00"', "😀", true],
  ])("%s is %j: %p", (key, text, expected) => {
    expect(node(`{${key}:1}`).children[0]!.hasKey(encodeUtf8(text))).toBe(expected);
  });
});

test.each<[string, string, number]>([
  ['"ab"', "ab", 2],
  ['"ab"', "ab.c", 2],
  ['"ab"', "a", -1],
  ['"ab"', "ac", -1],
  ['""', "", 0],
  ['""', "a", 0],
  ['"\\u0061b"', "abc", 2],
  ['"\\u0061b"', "a", -1],
  ['"a\\u0062"', "acb", -1],
])("of a name, the key %s takes up as many bytes of %j: %d", (key, name, bytes) => {
  expect(node(`{${key}:1}`).children[0]!.beginningOf(encodeUtf8(name))).toBe(bytes);
});

describe("much work", () => {
  test("is asked for before a container is read, and what was refused can be asked again", () => {
    const root = node(`{"few":[1,2],"many":[${"1,".repeat(999)}1]}`);
    const work = new Work();
    root.work = work;
    work.allow(100 * NODE_NS);
    const [few, many] = root.children;
    expect(few!.children.length).toBe(2);
    expect(() => many!.children).toThrow(TooMuchWorkError);
    work.allow(1000 * NODE_NS + many!.length * PASSED_BYTE_NS);
    expect(many!.children.length).toBe(1000);
    expect(() => work.spend(1)).toThrow(TooMuchWorkError);
  });

  test("is not asked for to take all out", () => {
    const root = node('{"a":[1,2]}');
    root.work = new Work();
    root.work.allow(0);
    root.clear();
    expect([decodeUtf8(root.print()), root.changed]).toEqual(["{}", true]);
  });

  test.each(["{}", "[ ]", '"text"', "1", "null"])("nothing is to be taken out of %s", (text) => {
    const root = node(text);
    root.clear();
    expect([decodeUtf8(root.print()), root.changed]).toEqual([text, false]);
  });

  test("takes many out of their containers in one go each", () => {
    const root = node(`{"a":[${"1,".repeat(99)}1],"b":{"c":1,"c":2,"d":3}}`);
    const [a, b] = root.children;
    const [c, d] = [b!.children.slice(0, 2), b!.children[2]!];
    let passes = 0;
    for (const one of [a!, b!]) {
      const remove = one.removeChildren.bind(one);
      one.removeChildren = (goes) => {
        passes++;
        remove(goes);
      };
    }
    JsonNode.removeAll([...a!.children.slice(1), ...c]);
    expect([passes, decodeUtf8(root.print())]).toEqual([2, '{"a":[1],"b":{"d":3}}']);
    expect(d.changed).toBe(false);
  });
});

test("the length is that of the text, whatever was edited", () => {
  fc.assert(
    fc.property(jsonText, fc.nat(), (text, number) => {
      const root = node(text);
      const length = (): [number, number] => [root.length, root.print().length];
      expect(length()[0]).toBe(length()[1]);
      const { children, type } = root;
      const child = children[number % Math.max(1, children.length)];
      if (number % 3 === 0) child?.remove();
      else if (number % 3 === 1) child?.replace(encodeUtf8("[true]"));
      else if (type === "object") root.appendMember(encodeUtf8("k"), node("1"));
      expect(length()[0]).toBe(length()[1]);
    }),
  );
});
