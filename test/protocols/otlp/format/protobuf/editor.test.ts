// The protobuf record editor: exact bytes for each edit.

import { describe, expect, test } from "bun:test";
import { decodeUtf8, encodeUtf8 } from "../../../../../src/core/utf8.ts";
import {
  ProtobufRecordEditor,
  RECORD_LAYOUTS,
  RESOURCE_LAYOUT,
  SCOPE_LAYOUT,
} from "../../../../../src/protocols/otlp/format/protobuf/index.ts";
import { ValueKind } from "../../../../../src/policy/index.ts";
import {
  bytes,
  concat,
  double,
  fixed64,
  group,
  int,
  len,
  tag,
  text,
  varint,
} from "../../../../core/protobuf/pb.ts";
import { attributeSelector, fieldSelector } from "../../../../support/fake-evaluation.ts";
import { attr, kv, map, open, remove, rename, result, rewrite, set, str } from "./editing.ts";

/** What `edit` makes of `input`. */
function edited(
  input: Uint8Array,
  edit: (editor: ProtobufRecordEditor) => boolean,
  layout = RECORD_LAYOUTS.log,
): Uint8Array | false {
  const editor = open(input, layout);
  const done = edit(editor);
  expect(editor.changed).toBe(done);
  return done && result(editor);
}
const time = fixed64(1, 7);
const dropped = int(7, 1);
const unknown = concat(group(900, int(1, 2)), text(901, "?"), concat(tag(902, 0, 2), varint(5, 3)));

describe("fields of a log record", () => {
  test("a body is set where it stands, whatever it was", () => {
    const want = concat(time, len(5, str("new")), unknown, dropped);
    for (const any of [str("old one"), int(3, 5), map(kv("a", str("b"))), bytes(), text(99, "?")]) {
      expect(
        edited(concat(time, len(5, any), unknown, dropped), set(fieldSelector("body"), "new")),
      ).toEqual(want);
    }
  });
  test("a missing body is appended", () => {
    const want = concat(time, unknown, len(5, str("new")));
    expect(edited(concat(time, unknown), set(fieldSelector("body"), "new"))).toEqual(want);
  });
  test("of a field in several parts one is left, in the last one's place", () => {
    const input = concat(text(3, "A"), time, text(3, "B"), unknown, text(3, "C"), dropped);
    const want = concat(time, unknown, text(3, "new"), dropped);
    expect(edited(input, set(fieldSelector("severity_text"), "new"))).toEqual(want);
    expect(edited(input, remove(fieldSelector("severity_text")))).toEqual(
      concat(time, unknown, dropped),
    );
    expect(decodeUtf8(open(input).find(fieldSelector("severity_text")).text)).toBe("C");
  });
  test("setting what is there already changes nothing", () => {
    const editor = open(concat(len(5, str("same")), len(6, kv("a", str("same")))));
    expect(set(fieldSelector("body"), "same")(editor)).toBe(true);
    expect(set(attr("a"), "same")(editor)).toBe(true);
    expect(editor.changed).toBe(false);
  });

  const traceId = len(
    9,
    Uint8Array.from({ length: 16 }, (_, i) => i + 0xa0),
  );
  const hex = "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf";
  test("an id reads as lower-case hex and is set from hex in any case", () => {
    expect(decodeUtf8(open(traceId).find(fieldSelector("trace_id")).text)).toBe(hex);
    const zero = len(9, new Uint8Array(16));
    expect(edited(zero, set(fieldSelector("trace_id"), hex.toUpperCase()))).toEqual(traceId);
    expect(edited(time, set(fieldSelector("trace_id"), hex))).toEqual(concat(time, traceId));
  });
  test.each(["", hex.slice(1), `${hex}0`, `${hex.slice(1)}g`, "[REDACTED]"])(
    "an id is cleared by %p",
    (value) => {
      expect(edited(concat(time, traceId, dropped), set(fieldSelector("trace_id"), value))).toEqual(
        concat(time, dropped),
      );
      expect(edited(time, set(fieldSelector("trace_id"), value))).toBe(false);
    },
  );
  test("all-zero and empty ids are absent", () => {
    for (const id of [len(9), len(9, new Uint8Array(16))]) {
      expect(open(id).find(fieldSelector("trace_id")).kind).toBe(ValueKind.absent);
      expect(edited(id, remove(fieldSelector("trace_id")))).toBe(false);
    }
  });
  test("a span's trace state is set", () => {
    const span = concat(traceId, text(3, "ot=th:8"), text(5, "name"));
    expect(
      edited(span, set(fieldSelector("trace_state"), "ot=th:c,x=y"), RECORD_LAYOUTS.trace),
    ).toEqual(concat(traceId, text(3, "ot=th:c,x=y"), text(5, "name")));
  });
  test("fields that are not the record's own are neither there nor changed", () => {
    for (const name of ["resource_schema_url", "scope_name", "severity_number", "name"] as const) {
      const editor = open(concat(text(1, "x"), text(2, "y"), text(3, "z")));
      expect(editor.find(fieldSelector(name)).kind).toBe(ValueKind.absent);
      expect(set(fieldSelector(name), "new")(editor)).toBe(false);
      expect(editor.find(fieldSelector(name)).remove()).toBe(false);
      expect(editor.find(fieldSelector(name)).rename(encodeUtf8("a"), true)).toBe(false);
    }
  });
  test("nothing of a metric is edited", () => {
    const editor = open(text(1, "name"), RECORD_LAYOUTS.metric);
    expect(set(fieldSelector("name"), "x")(editor)).toBe(false);
    expect(set(attr("a"), "x")(editor)).toBe(false);
  });
});

describe("attributes", () => {
  const a = len(6, kv("a", str("1")));
  const b = len(6, concat(len(2, int(3, 2)), unknown, text(1, "b")));
  const nested = len(6, kv("m", map(kv("x", str("1")), kv("y", map(kv("z", double(4, 1)))))));

  test("one is set in place, keeping its other fields", () => {
    const want = concat(a, len(6, concat(len(2, str("new")), unknown, text(1, "b"))), dropped);
    expect(edited(concat(a, b, dropped), set(attr("b"), "new"))).toEqual(want);
  });
  test("a new one goes behind the last, or to the end where there was none", () => {
    const added = len(6, kv("n", str("new")));
    expect(edited(concat(a, b, dropped, unknown), set(attr("n"), "new"))).toEqual(
      concat(a, b, added, dropped, unknown),
    );
    expect(edited(concat(time, dropped), set(attr("n"), "new"))).toEqual(
      concat(time, dropped, added),
    );
    expect(edited(bytes(), set(attr("n"), "new"))).toEqual(added);
  });
  test("one is removed", () => {
    expect(edited(concat(time, a, unknown, b), remove(attr("a")))).toEqual(
      concat(time, unknown, b),
    );
    expect(edited(concat(time, a), remove(attr("b")))).toBe(false);
  });
  test("of equal keys each is edited by itself, and only remove and rename take any away", () => {
    const other = len(6, kv("a", int(3, 9)));
    const third = len(6, kv("a", str("3")));
    const fresh = len(6, kv("a", str("new")));
    const input = concat(a, b, other, third);
    expect(decodeUtf8(open(input).find(attr("a")).text)).toBe("1");
    expect(edited(input, set(attr("a"), "new"))).toEqual(concat(fresh, b, fresh, fresh));
    expect(edited(input, rewrite(attr("a"), "3", "new"))).toEqual(concat(a, b, other, fresh));
    expect(edited(input, rewrite(attr("a"), "2", "new"))).toBe(false);
    expect(edited(input, remove(attr("a")))).toEqual(b);
    expect(edited(input, rename(attr("a"), "c", false))).toEqual(
      concat(b, len(6, kv("c", str("1"))), len(6, kv("c", int(3, 9))), len(6, kv("c", str("3")))),
    );
    expect(edited(input, rename(attr("b"), "a", true))).toEqual(
      len(6, concat(len(2, int(3, 2)), unknown, text(1, "a"))),
    );
  });
  test("of equal maps each is entered, and the first that can takes what is new", () => {
    const one = len(6, kv("m", map(kv("x", str("1")), kv("x", str("2")))));
    const text1 = len(6, kv("m", str("no map")));
    const two = len(6, kv("m", map(kv("x", str("2")), kv("y", str("3")))));
    const input = concat(text1, one, two);
    const x = attr("m", "x");
    expect(edited(input, rewrite(x, "2", "new"))).toEqual(
      concat(
        text1,
        len(6, kv("m", map(kv("x", str("1")), kv("x", str("new"))))),
        len(6, kv("m", map(kv("x", str("new")), kv("y", str("3"))))),
      ),
    );
    expect(edited(input, remove(x))).toEqual(
      concat(text1, len(6, kv("m", map())), len(6, kv("m", map(kv("y", str("3")))))),
    );
    expect(edited(input, rename(x, "z", false))).toEqual(
      concat(
        text1,
        len(6, kv("m", map())),
        len(6, kv("m", map(kv("y", str("3"))))),
        ...["1", "2", "2"].map((value) => len(6, kv("z", str(value)))),
      ),
    );
    expect(edited(input, set(attr("m", "n"), "v"))).toEqual(
      concat(
        text1,
        len(6, kv("m", map(kv("x", str("1")), kv("x", str("2")), kv("n", str("v"))))),
        two,
      ),
    );
  });
  test("what a later member or part hides goes where a rewrite looks, and is no hit", () => {
    const hidden = [
      [len(6, kv("a", str("secret"), int(3, 2))), len(6, kv("a", int(3, 2)))],
      [
        len(6, text(1, "a"), len(2, str("secret")), unknown, len(2, str("x"))),
        len(6, text(1, "a"), unknown, len(2, str("x"))),
      ],
    ] as const;
    for (const [input, left] of hidden) {
      const editor = open(concat(time, input, dropped));
      expect(rewrite(attr("a"), "secret", "new")(editor)).toBe(false);
      expect(result(editor)).toEqual(concat(time, left, dropped));
    }
    const fields = [
      ["severity_text", concat(text(3, "secret"), time, text(3, "x")), text(3, "x")],
      ["severity_text", concat(text(3, "secret"), time, text(3, "")), text(3, "")],
      ["body", concat(len(5, str("secret")), time, len(5, int(3, 1))), len(5, int(3, 1))],
    ] as const;
    for (const [field, input, left] of fields) {
      const editor = open(input);
      expect(rewrite(fieldSelector(field), "secret", "new")(editor)).toBe(false);
      expect(result(editor)).toEqual(concat(time, left));
    }
  });
  test("a nested one is set, removed and added, with the lengths on its way", () => {
    const inner = (...entries: Uint8Array[]): Uint8Array =>
      concat(time, len(6, kv("m", map(kv("x", str("1")), kv("y", map(...entries))))), dropped);
    const input = concat(time, nested, dropped);
    const long = "long".repeat(100);
    expect(edited(input, set(attr("m", "y", "z"), long))).toEqual(inner(kv("z", str(long))));
    expect(edited(input, remove(attr("m", "y", "z")))).toEqual(inner());
    expect(edited(input, set(attr("m", "y", "n"), "v"))).toEqual(
      inner(kv("z", double(4, 1)), kv("n", str("v"))),
    );
    expect(edited(input, set(attr("m", "y", "n", "o"), "v"))).toEqual(
      inner(kv("z", double(4, 1)), kv("n", map(kv("o", str("v"))))),
    );
    expect(edited(time, set(attr("p", "q", "r"), "v"))).toEqual(
      concat(time, len(6, kv("p", map(kv("q", map(kv("r", str("v")))))))),
    );
  });
  test("nothing goes through a value that is no map", () => {
    for (const input of [a, b, len(6, text(1, "a"))]) {
      expect(edited(input, set(attr(input === b ? "b" : "a", "x"), "v"))).toBe(false);
      expect(edited(input, remove(attr("a", "x")))).toBe(false);
      expect(edited(input, rename(attr("a", "x"), "y", true))).toBe(false);
    }
  });
  test("a map in parts is joined when something in it is edited, and only then", () => {
    const parts = len(
      6,
      text(1, "m"),
      len(2, map(kv("x", str("1")))),
      unknown,
      len(2, concat(map(kv("y", str("2"))), text(99, "?"), map(kv("z", str("3"))))),
    );
    expect(decodeUtf8(open(parts).find(attr("m", "y")).text)).toBe("2");
    const editor = open(parts);
    expect([editor.find(attr("m", "z")).kind, editor.changed]).toEqual([ValueKind.string, false]);
    const joined = map(kv("x", str("1")), kv("y", str("new")), kv("z", str("3")));
    expect(edited(parts, set(attr("m", "y"), "new"))).toEqual(
      len(6, text(1, "m"), unknown, len(2, concat(joined, text(99, "?")))),
    );
  });
  test("one is renamed with its value and goes last", () => {
    const renamed = len(6, concat(len(2, int(3, 2)), unknown, text(1, "c")));
    expect(edited(concat(b, a, dropped), rename(attr("b"), "c", false))).toEqual(
      concat(a, renamed, dropped),
    );
    expect(edited(concat(b, a), rename(attr("b"), "a", false))).toBe(false);
    expect(edited(concat(b, a), rename(attr("z"), "c", true))).toBe(false);
    expect(edited(concat(a, b, dropped), rename(attr("a"), "b", true))).toEqual(
      concat(dropped, len(6, kv("b", str("1")))),
    );
  });
  test("a nested one is renamed to the top level, also onto the map it was in", () => {
    const rest = len(6, kv("m", map(kv("y", map(kv("z", double(4, 1)))))));
    expect(edited(nested, rename(attr("m", "x"), "x", false))).toEqual(
      concat(rest, len(6, kv("x", str("1")))),
    );
    expect(edited(nested, rename(attr("m", "x"), "m", true))).toEqual(len(6, kv("m", str("1"))));
    expect(edited(nested, rename(attr("m", "x"), "m", false))).toBe(false);
  });
  test("one without a key has the empty key", () => {
    const input = len(6, len(2, str("1")));
    expect(decodeUtf8(open(input).find(attr("")).text)).toBe("1");
    expect(edited(input, rename(attr(""), "k", false))).toEqual(
      len(6, text(1, "k"), len(2, str("1"))),
    );
  });
  test.each([
    ["string", str(""), ValueKind.string],
    ["bool", int(2, 0), ValueKind.bool],
    ["int", int(3, 0), ValueKind.int],
    ["double", double(4, 0), ValueKind.double],
    ["array", len(5), ValueKind.composite],
    ["map", len(6), ValueKind.composite],
    ["bytes", len(7), ValueKind.bytes],
    ["nothing", bytes(), ValueKind.composite],
    ["two members", concat(str("x"), int(2, 1)), ValueKind.bool],
  ])("a value that holds %s has its kind", (_name, any, kind) => {
    expect(open(len(6, kv("a", any))).find(attr("a")).kind).toBe(kind);
  });
  test("attributes of another message are not there", () => {
    const resource = open(len(1, kv("a", str("1"))), RESOURCE_LAYOUT);
    expect(resource.find(attr("a")).kind).toBe(ValueKind.absent);
    expect(set(attr("a"), "x")(resource)).toBe(false);
    expect(set(attributeSelector("resource", "a"), "x")(resource)).toBe(true);
    const scope = concat(text(1, "name"), len(3, kv("a", str("1"))));
    expect(edited(scope, set(attributeSelector("scope", "a"), "22"), SCOPE_LAYOUT)).toEqual(
      concat(text(1, "name"), len(3, kv("a", str("22")))),
    );
  });
  test("a malformed list is left alone, a malformed entry is not met", () => {
    const broken = len(6, bytes(0x0a, 9));
    const editor = open(concat(broken, a));
    expect(set(attr("a"), "2")(editor)).toBe(true);
    expect(result(editor)).toEqual(concat(broken, len(6, kv("a", str("2")))));
    for (const edit of [set(attr("a"), "2"), remove(attr("a")), set(fieldSelector("body"), "2")]) {
      expect(edited(concat(a, bytes(0x0a)), edit)).toBe(false);
    }
  });
});
