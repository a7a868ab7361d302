// The protobuf format on requests written by hand: what is cut, what is patched, what stays, and
// what makes a record or a body unreadable.

import { describe, expect, test } from "bun:test";
import { UndecodableError } from "../../../../../src/core/errors.ts";
import { encodeUtf8 } from "../../../../../src/core/utf8.ts";
import { otlpProtobufFormat } from "../../../../../src/protocols/otlp/format/protobuf/index.ts";
import {
  type FilterOptions,
  type FilterOutcome,
  Verdict,
} from "../../../../../src/policy/index.ts";
import {
  bytes,
  concat,
  double,
  fixed32,
  group,
  int,
  len,
  tag,
  text,
  varint,
} from "../../../../core/protobuf/pb.ts";
import {
  attributeSelector,
  attributeRef,
  COMPOSITE,
  FakeEvaluation,
  fieldSelector,
  fieldRef,
} from "../../../../support/fake-evaluation.ts";

const logs = otlpProtobufFormat("log");
const kv = (key: string, ...any: Uint8Array[]): Uint8Array => concat(text(1, key), len(2, ...any));
const str = (value: string): Uint8Array => text(1, value);

const resource = (...fields: Uint8Array[]): Uint8Array => len(1, ...fields);
const scope = (...fields: Uint8Array[]): Uint8Array => len(2, ...fields);
const record = (...fields: Uint8Array[]): Uint8Array => len(2, ...fields);
/** A record whose body tells what is to be done with it. */
const logOf = (body: string): Uint8Array => record(len(5, str(body)));
const own = (...fields: Uint8Array[]): Uint8Array => len(1, ...fields);

/** Drops records with body "drop", sets the severity of those with body "edit". */
function obey(input: Uint8Array, options?: FilterOptions): FilterOutcome {
  const evaluation = new FakeEvaluation("log", [fieldRef("body")], {
    decide: ({ body }) => {
      if (body === "drop") return Verdict.drop;
      return body === "edit" ? Verdict.edit : Verdict.keep;
    },
    editRecord: (editor) => {
      editor.find(fieldSelector("severity_text")).set(encodeUtf8("edited"));
    },
  });
  return logs.filter(input, evaluation, options);
}
const counts = (records: number, dropped: number, edited = 0, unreadable = 0) => ({
  records,
  dropped,
  unreadable,
  edited,
});

describe("what leaves", () => {
  const keep = logOf("keep");
  const drop = logOf("drop");
  const editedRecord = record(len(5, str("edit")), text(3, "edited"));

  test("nothing, when nothing changed: the input is to be sent", () => {
    expect(obey(bytes())).toEqual(counts(0, 0));
    expect(obey(resource(scope(keep), scope()))).toEqual(counts(1, 0));
  });
  test("dropped records are cut, edited ones patched, and lengths follow", () => {
    const input = resource(own(int(2, 1)), scope(own(str("s")), drop, keep, logOf("edit"), drop));
    const want = resource(own(int(2, 1)), scope(own(str("s")), keep, editedRecord));
    expect(obey(input)).toEqual({ ...counts(4, 2, 1), body: want });
  });
  test("an edit that changes no byte is no edit", () => {
    expect(obey(resource(scope(editedRecord)))).toEqual(counts(1, 0));
  });
  test("containers that policies leave empty go, those that came in empty stay", () => {
    const url = text(3, "url");
    const input = concat(
      resource(own(), scope(own(), drop, url), scope(keep), scope(), url),
      resource(scope(own(), drop)),
      resource(scope(drop), scope()),
      resource(url),
      resource(),
    );
    const body = concat(
      resource(own(), scope(keep), scope(), url),
      resource(scope()),
      resource(url),
      resource(),
    );
    expect(obey(input)).toEqual({ ...counts(4, 3), body });
  });
  test("empty containers stay when nothing else changes, unless all is rewritten", () => {
    const input = concat(resource(), resource(scope(keep), scope()));
    expect(obey(input)).toEqual(counts(1, 0));
    expect(obey(input, { alwaysRewrite: true })).toEqual({
      ...counts(1, 0),
      body: resource(scope(keep)),
    });
    expect(obey(resource(scope(keep)), { alwaysRewrite: true }).body).toEqual(
      resource(scope(keep)),
    );
  });
  test("an empty body, when all was dropped", () => {
    expect(obey(resource(scope(drop), scope(drop)))).toEqual({ ...counts(2, 2), body: bytes() });
  });
  test("containers with fields of another version of the protocol are never empty", () => {
    const legacy = len(2000, str("a record of other times"));
    const input = concat(
      resource(legacy),
      resource(scope(drop, group(77, int(1, 1)))),
      resource(scope(drop)),
    );
    const want = concat(resource(legacy), resource(scope(group(77, int(1, 1)))));
    expect(obey(input).body).toEqual(want);
  });
  test("what is left when all was dropped is told from nothing", () => {
    const legacy = len(2000, str("a record of other times"));
    const remains = (input: Uint8Array): unknown => obey(input).remains;
    expect(remains(resource(legacy, scope(drop)))).toBe(true);
    expect(remains(resource(scope(drop, legacy)))).toBe(true);
    expect(remains(concat(resource(scope(drop)), legacy))).toBe(true);
    expect(remains(concat(resource(scope(drop)), resource()))).toBe(true);
    expect(remains(concat(resource(scope(drop)), resource(scope(drop))))).toBeUndefined();
    expect(remains(resource(legacy, scope(drop, keep)))).toBeUndefined();
  });
  test("unknown fields, groups and needless bytes of varints stay where they are", () => {
    const odd = concat(int(15, 1), group(16, text(1, "x")), concat(tag(17, 0, 3), varint(1, 5)));
    const padded = concat(tag(2, 2, 2), varint(keep.length - 2, 3), keep.subarray(2));
    const input = concat(
      odd,
      resource(odd, scope(odd, padded, drop, odd, logOf("edit")), odd),
      odd,
    );
    const want = concat(odd, resource(odd, scope(odd, padded, odd, editedRecord), odd), odd);
    expect(obey(input)).toEqual({ ...counts(3, 1, 1), body: want });
  });
  test("a field 1 or 2 of another wire type is an unknown field", () => {
    const input = concat(
      int(1, 5),
      resource(fixed32(2, 1), scope(int(2, 9), drop, keep)),
      double(1, 1),
    );
    const want = concat(int(1, 5), resource(fixed32(2, 1), scope(int(2, 9), keep)), double(1, 1));
    expect(obey(input).body).toEqual(want);
  });
});

describe("resources and scopes", () => {
  const refs = [
    attributeRef("resource", "a"),
    attributeRef("resource", "b"),
    fieldRef("resource_schema_url"),
    fieldRef("scope_name"),
    fieldRef("scope_version"),
    fieldRef("scope_schema_url"),
    attributeRef("scope", "a"),
  ];
  const attr = (field: number, key: string, value: string): Uint8Array =>
    len(field, kv(key, str(value)));

  test("are known to their records though they come after them, and in parts", () => {
    const input = resource(
      scope(
        record(),
        text(3, "old"),
        own(text(1, "n"), attr(3, "a", "1")),
        text(3, "url"),
        own(text(2, "v")),
      ),
      own(attr(1, "a", "1")),
      text(3, "resource-url"),
      own(attr(1, "a", "2"), attr(1, "b", "3")),
    );
    const evaluation = new FakeEvaluation("log", refs);
    logs.filter(concat(input, resource(scope(record()))), evaluation);
    expect(evaluation.records).toEqual([
      {
        "resource:a": ["1", "2"],
        "resource:b": "3",
        resource_schema_url: "resource-url",
        scope_name: "n",
        scope_version: "v",
        scope_schema_url: "url",
        "scope:a": "1",
      },
      {},
    ]);
    expect(evaluation.calls.join(" ")).toBe(
      "begin beginResource beginScope beginRecord endScope endResource " +
        "beginResource beginScope beginRecord endScope endResource commit",
    );
  });
  test("that are the empty string are missing", () => {
    const evaluation = new FakeEvaluation("log", refs);
    logs.filter(
      resource(scope(record(), own(text(1, ""), text(2, "")), text(3, "")), text(3, "")),
      evaluation,
    );
    expect(evaluation.records).toEqual([{}]);
  });

  function editBoth(input: Uint8Array): FilterOutcome {
    const evaluation = new FakeEvaluation("log", [], {
      editScope: (editor) => void editor.find(attributeSelector("scope", "s")).set(encodeUtf8("1")),
      editResource: (editor) =>
        void editor.find(attributeSelector("resource", "r")).set(encodeUtf8("2")),
    });
    return logs.filter(input, evaluation);
  }
  const r = attr(1, "r", "2");
  const s = attr(3, "s", "1");
  test("are edited where they stand", () => {
    const input = resource(
      scope(record(), own(text(1, "n")), text(3, "u")),
      own(int(2, 4)),
      text(3, "u"),
    );
    const want = resource(
      scope(record(), own(text(1, "n"), s), text(3, "u")),
      own(int(2, 4), r),
      text(3, "u"),
    );
    expect(editBoth(input)).toEqual({ ...counts(1, 0), body: want });
    expect(editBoth(want)).toEqual(counts(1, 0));
  });
  test("are made, in front, where there were none", () => {
    const want = resource(own(r), scope(own(s), record(), text(3, "u")));
    expect(editBoth(resource(scope(record(), text(3, "u")))).body).toEqual(want);
  });
  test("in parts are joined into the first when they are edited", () => {
    const input = resource(
      own(attr(1, "x", "1")),
      scope(record()),
      text(3, "u"),
      own(attr(1, "r", "1")),
    );
    const want = resource(own(attr(1, "x", "1"), r), scope(own(s), record()), text(3, "u"));
    expect(editBoth(input).body).toEqual(want);
  });
  test("that go because they are empty are not edited", () => {
    const dropAll = new FakeEvaluation("log", [], {
      decide: () => Verdict.drop,
      editScope: (editor) => editor.find(attributeSelector("scope", "s")).set(encodeUtf8("1")),
      editResource: (editor) =>
        editor.find(attributeSelector("resource", "r")).set(encodeUtf8("2")),
    });
    const outcome = logs.filter(resource(own(), scope(own(), record())), dropAll);
    expect(outcome).toEqual({ ...counts(1, 1), body: bytes() });
  });
});

describe("records that cannot be read", () => {
  const refs = [fieldRef("body"), attributeRef("record", "a")];
  test.each([
    ["a truncated field", bytes(0x0a)],
    ["a field number 0", bytes(0)],
    ["a malformed body", len(5, bytes(0x0a, 9))],
    ["a malformed attribute", len(6, bytes(0x0a, 9))],
    ["a malformed value of an attribute that is asked for", len(6, kv("a", bytes(0x0a, 9)))],
  ])("%s: the record passes untouched, the others are judged", (_name, inside) => {
    const evaluation = new FakeEvaluation("log", refs, { decide: () => Verdict.drop });
    const good = logOf("x");
    const outcome = logs.filter(resource(scope(good, record(inside), good)), evaluation);
    expect(outcome).toEqual({ ...counts(3, 2, 0, 1), body: resource(scope(record(inside))) });
    expect(evaluation.records).toEqual([{ body: "x" }, { body: "x" }]);
  });
  test("what nobody asks for is not looked into", () => {
    const inside = concat(len(6, kv("b", bytes(0x0a, 9))), len(5, str("x")));
    const evaluation = new FakeEvaluation("log", refs);
    expect(logs.filter(resource(scope(record(inside))), evaluation)).toEqual(counts(1, 0));
    expect(evaluation.records).toEqual([{ body: "x" }]);
  });
});

describe("a body that cannot be read", () => {
  const good = resource(scope(logOf("drop")));
  test.each([
    ["at the top", concat(good, bytes(0x0a, 5)), good.length + 1],
    ["in a resource container", concat(good, resource(bytes(0x0a, 5))), good.length + 3],
    ["in a scope container", concat(good, resource(scope(bytes(0x12, 5)))), good.length + 5],
    [
      "in a resource",
      concat(good, resource(own(bytes(0x0a, 5)), scope(record()))),
      good.length + 5,
    ],
    ["in a scope", concat(good, resource(scope(own(bytes(0x0a, 5)), record()))), good.length + 7],
  ])("%s: everything is taken back", (_name, input, offset) => {
    const refs = [attributeRef("resource", "a"), attributeRef("scope", "a"), fieldRef("body")];
    const evaluation = new FakeEvaluation("log", refs, { decide: () => Verdict.drop });
    let error: unknown;
    try {
      logs.filter(input, evaluation);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UndecodableError);
    const text = `protobuf: length runs past the end of the message at byte ${offset}`;
    expect((error as UndecodableError).message).toBe(text);
    expect([evaluation.calls[0], evaluation.calls.at(-1)]).toEqual(["begin", "abort"]);
    // The evaluation is free for the next request.
    expect(logs.filter(good, evaluation).dropped).toBe(1);
  });
  test("an error of the evaluation takes everything back as well", () => {
    const evaluation = new FakeEvaluation("log", [], {
      decide: () => {
        throw new RangeError("a bug");
      },
    });
    expect(() => logs.filter(good, evaluation)).toThrow(new RangeError("a bug"));
    expect(evaluation.calls.at(-1)).toBe("abort");
  });
});

describe("metrics", () => {
  const refs = [
    fieldRef("metric_type"),
    fieldRef("aggregation_temporality"),
    attributeRef("record", "k"),
    attributeRef("record", "m", "x"),
  ];
  function seen(...fields: Uint8Array[]): unknown {
    const evaluation = new FakeEvaluation("metric", refs);
    otlpProtobufFormat("metric").filter(resource(scope(record(...fields))), evaluation);
    return evaluation.records[0];
  }
  const point = (field: number, ...any: Uint8Array[]): Uint8Array =>
    len(1, len(field, kv("k", ...any)));
  test.each([
    ["gauge", 5, 7, 1n, {}],
    ["sum", 7, 7, 2n, { aggregation_temporality: 2n }],
    ["histogram", 9, 9, 3n, { aggregation_temporality: 2n }],
    ["exponential histogram", 10, 1, 4n, { aggregation_temporality: 2n }],
    ["summary", 11, 7, 5n, {}],
  ])(
    "a %s shows its type and the attributes of all of its points",
    (_name, field, attributes, type, more) => {
      const points = concat(
        point(attributes, str("1")),
        point(attributes, int(3, 2)),
        point(attributes),
      );
      const want = { metric_type: type, "record:k": ["1", 2n, COMPOSITE], ...more };
      expect(seen(len(field, points, int(2, 2)))).toEqual(want);
    },
  );
  test("of several kinds the last counts, and only its own points", () => {
    const sum = (value: string, temporality: number): Uint8Array =>
      len(7, point(7, str(value)), int(2, temporality));
    const gauge = len(5, point(7, str("gauge")));
    expect(seen(sum("lost", 2), gauge, sum("a", 1), text(1, "name"), sum("b", 0))).toEqual({
      metric_type: 2n,
      "record:k": ["a", "b"],
    });
    expect(seen(sum("lost", 2), gauge)).toEqual({ metric_type: 1n, "record:k": ["gauge"] });
  });
  test("of equal keys in one point all are shown", () => {
    const twice = len(1, len(7, kv("k", str("1"))), len(7, kv("k", str("2"))));
    expect(seen(len(5, twice, twice))).toEqual({
      metric_type: 1n,
      "record:k": ["1", "2", "1", "2"],
    });
  });
  test("a metric without points has no type", () => {
    expect(seen(text(1, "name"))).toEqual({});
  });
});
