// What of a line of a log is kept: words, and no values.

import { describe, expect, test } from "bun:test";
import { templateRegex } from "../../../src/analysis/logs/template-text.ts";
import { MaskedLine } from "../../../src/analysis/logs/masked-line.ts";
import { MASK, QUOTED_MASK } from "../../../src/analysis/logs/masked-tokens.ts";

const line = new MaskedLine(7);

/** The line as templates show it. */
function masked(text: string): string {
  const bytes = Buffer.from(text);
  line.read(bytes, 0, bytes.length);
  const tokens = Array.from({ length: line.count }, (_, i) => line.text(i));
  const marks = new RegExp(`[${String.fromCharCode(MASK, QUOTED_MASK)}]`, "g");
  return tokens.join(" ").replace(marks, "<*>") + (line.isCut ? " …" : "");
}

describe("a masked line", () => {
  test.each([
    ["GET /health 200 in 3ms", "GET /health <*> in <*>"],
    ["connected to 10.0.0.1:5432, 12:03:44,123", "connected to <*>, <*>"],
    ["user alice@example.com signed up", "user <*> signed up"],
    ["mail <alice@example.com>;", "mail <*>"],
    ['got "a secret, really" back', 'got "<*>" back'],
    ["can't open 'my file' or `x`", "can't open '<*>' or `<*>`"],
    ["level=info user=bob took=3ms", "level=info user=<*> took=<*>"],
    ['time=5 msg="bob went 5 m" to="a b"', 'time=<*> msg="bob went <*> m" to="<*>"'],
    ["a(id=x, name=y) done", "a(id=<*>, name=<*>) done"],
    ["GET /a/b?token=abc&x=y", "GET /a/b?<*>"],
    ["password: hunter", "password: <*>"],
    ["password hunter", "password <*>"],
    ["Authorization: Bearer abcdef next", "Authorization: <*> <*> next"],
    ["user:alice in", "user:<*> in"],
    ["user: alice in", "user: <*> in"],
    ["id 3f2504e0-4f89-11d3-9a0c-0305e82c3301 gone", "id <*> gone"],
    ["/users/42/orders/7", "/users/<*>/orders/<*>"],
    ["/users/42/7", "/users/<*>"],
    ["hash deadbeef facade", "hash <*> facade"],
    [`word ${"re".repeat(16)} ${"re".repeat(16)}r`, `word ${"re".repeat(16)} <*>`],
    ["key aGVsbG8xMjM0/DEF/ghi end", "key <*> end"],
    ["-5 +3 0x1f 1e9 v2", "<*> <*> <*> <*> <*>"],
    ["", ""],
    ["  spaced\t out  ", "spaced out"],
    ["first line\n  at second", "first line …"],
    ["first line\n\n", "first line"],
    ["grüße an 5", "grüße an <*>"],
    [
      "Starting PacketResponder of addStoredBlock, systemd",
      "Starting PacketResponder of addStoredBlock, systemd",
    ],
    [
      "GET /api/checkout/items from kubelet: all is well",
      "GET /api/checkout/items from kubelet: all is well",
    ],
    ["INFO: the server has started", "INFO: the server has started"],
    ["std::vector in org.apache.Log", "std::vector in org.apache.Log"],
  ])("%j is %j", (text, template) => {
    expect(masked(text)).toBe(template);
  });

  test.each([
    // A name and its value need not be one token.
    ["password = hunter in", "password = <*> in"],
    ["password : hunter in", "password : <*> in"],
    ["passwd -> hunter in", "passwd -> <*> in"],
    ["password is hunter in", "password is <*> in"],
    ["user = alice in", "user = <*> in"],
    ["speed = fast now", "speed = <*> now"],
    ["speed is fast now", "speed is fast now"],
    ["password : ", "password :"],
    // Nor is a name one word.
    ["db_password: hunter", "db_password: <*>"],
    ["DB_PASSWORD hunter", "DB_PASSWORD <*>"],
    ["--token abcdef --force now", "--token <*> <*> <*>"],
    ["x-auth-token: abcdef", "x-auth-token: <*>"],
    ["accessToken: abcdef", "accessToken: <*>"],
    ["passwords were many", "passwords were many"],
    ["tokens accepted", "tokens accepted"],
    ["<password>hunter</password> in", "<password><*> in"],
    // What is quoted is a value to its end.
    ['password: "hun ter" in', 'password: "<*>" in'],
    ["token 'hun ter' in", "token '<*>' in"],
    ['key = "alice cooper" in', 'key = "<*>" in'],
    ['key="alice cooper', 'key="<*>'],
    ["key='alice", "key='<*>"],
    ['password: "hun ter', 'password: "<*>'],
    ['said "alice\ncooper" in', 'said "<*> …'],
    [`said "alice ${"b ".repeat(600)}" in`, "said …"],
    // A text that is quoted itself has escaped quotes.
    ['{"msg":"no \\"big plan\\" for \\"bob\\" yet"}', '{"msg":"no \\"<*>\\" for \\"<*>\\" yet"}'],
    ['{"msg":"no \\"big plan","user":"bob"}', '{"msg":"no \\"<*>","user":"<*>"}'],
    ['msg="ends with \\\\" user="bob"', 'msg="ends with \\\\" user="<*>"'],
    ['msg="secret \\"bob\\" x" n=y', 'msg="secret \\"<*>\\" <*>" n=<*>'],
    ['msg="key=\\"bob b\\" x" n=y', 'msg="key=\\"<*>\\" x" n=<*>'],
    ['{"msg":"the password ","user":"bob"}', '{"msg":"the password ","user":"<*>"}'],
    ['= email="a b" in', '= <*>"<*>" in'],
    ["= who='a b' in", "= <*>'<*>' in"],
    ['= {"k":"a \\"b\\" c"} in', '= <*>"<*>"<*>"<*>"<*> in'],
    ["password don't in", "password <*> in"],
    ["= token: abcdef in", "= <*> <*> in"],
    ["= token -> abcdef in", "= <*> -> <*> in"],
    ['{"msg":"a = ","user":"bob"}', '{"msg":"a = ","user":"<*>"}'],
  ])("%j shows no value: %j", (text, template) => {
    expect(masked(text)).toBe(template);
    const tokens = Array.from({ length: line.count }, (_, i) => line.text(i));
    expect(text).toMatch(new RegExp(templateRegex(tokens, line.isCut)));
  });

  test.each([
    // Behind the name of a secret nothing is shown but words of grammar.
    ["Password for bob: hunter", "Password <*> <*>: <*>"],
    ["the password of alice was set to hunter", "the password <*> <*> was <*> to <*>"],
    ["Failed password for root from 10.0.0.1 port 22", "Failed password <*> <*> from <*> port <*>"],
    ['{"msg":"token abc def","event":"user gone"}', '{"msg":"token <*> <*>","event":"user gone"}'],
    // A name with a colon has a value behind it when that is one word.
    ["city: Paris, street: Rue", "city: <*> street: <*>"],
    ["closed: timeout; retry", "closed: <*> retry"],
    ["closed: timeout", "closed: <*>"],
    ["city:Paris street", "city:<*> street"],
    ["closed: no answer came", "closed: no answer came"],
    // Quotes are of many kinds.
    ["said “bob is here” and left", "said “<*>” and left"],
    ["said „bob“, ‚bob‘, «bob», ‹bob›, 「bob」", "said „<*>“, ‚<*>‘, «<*>», ‹<*>›, 「<*>」"],
    ["said ＂bob＂ and left", "said ＂<*>＂ and left"],
    ["it’s bob‘s", "it’s bob‘s"],
    ["said “bob", "said “<*>"],
    ["name“bob”", "name“<*>”"],
    // Nobody knows what belongs to a quote that has no other.
    ['open " quote hides', 'open "<*>'],
    ['a " b "bob" c', 'a "<*>'],
    ['a "b" c "bob', 'a "<*>'],
    ["a 'bob c", "a '<*>"],
    ["a `bob c", "a `<*>"],
    ["the users' rooms aren't", "the users' rooms aren't"],
    // What no word is like.
    ["key zqxvkjwpbf in", "key <*> in"],
    ["key aBcXyZkQwE in", "key <*> in"],
    ["key QXZKJVBWPT in", "key <*> in"],
    // Parts of paths behind what is somebody's.
    ["GET /users/alice/cart", "GET /users/<*>/cart"],
    ["open C:\\Users\\alice\\cart", "open C:\\Users\\<*>\\cart"],
    ["https://bob:hunter@example.com/x is away", "<*> is away"],
    ["mail=alice@example.com, user: alice@example.com", "mail=<*>, user: <*>"],
  ])("%j shows no value, whatever stands there: %j", (text, template) => {
    expect(masked(text)).toBe(template);
    const tokens = Array.from({ length: line.count }, (_, i) => line.text(i));
    expect(text).toMatch(new RegExp(templateRegex(tokens, line.isCut)));
  });

  test("of JSON, keys and words of the message stay", () => {
    const text = '{"level":"info","msg":"user bob took 3ms","user":"alice","n":5,"ok":true}';
    expect(masked(text)).toBe(
      '{"level":"info","msg":"user bob took <*>","user":"<*>","n":<*>,"ok":true}',
    );
  });

  test("a line is looked at up to its bound, and its last token is none", () => {
    expect(masked("a ".repeat(64))).toBe("a ".repeat(64).trim());
    expect(masked("a ".repeat(65))).toBe(`${"a ".repeat(64)}…`);
    expect(masked(`a ${"b".repeat(1022)}`)).toBe("a <*>");
    expect(masked(`a ${"b".repeat(1023)}`)).toBe("a …");
  });

  test("equal tokens have equal hashes, and another seed makes others", () => {
    const hashes = (seed: number, text: string): number[] => {
      const other = new MaskedLine(seed);
      other.read(Buffer.from(text), 0, text.length);
      return [...other.hashes.subarray(0, other.count)];
    };
    const [a, b, c] = hashes(1, "x y x");
    expect(a).toBe(c);
    expect(a).not.toBe(b);
    expect(hashes(2, "x")).not.toEqual([a]);
  });
});
