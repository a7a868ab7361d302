// Random Datadog logs as JSON texts: few names, so that they meet each other as members, tags,
// parts of dotted keys and in documents inside messages; members repeated, all types, odd spellings
// of keys and strings.

import * as fc from "fast-check";

const KEYS = ["a", "b", "c", "a.b", "b.c", "a.b.c", "service", "hostname", "env", "x"];
const TOP_KEYS = [...KEYS, "message", "msg", "log", "status", "level", "severity", "ddtags"];
const DOCUMENT_KEYS = [...KEYS, "data", "jsonPayload", "data.jsonPayload"];
const WORDS = ["", "x", "info", 'q"\\/\n', "é😀", "a:1", "[1]", "{", "{}", '{"a":'];

const space = fc.constantFrom("", "", "", " ", "\n\t");
/** Written plainly, or with every character escaped. */
const literal = (text: string): fc.Arbitrary<string> =>
  fc.boolean().map((isPlain) => {
    if (isPlain) return JSON.stringify(text);
    const escapes = text
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
    return `"${escapes.join("")}"`;
  });

const scalar = fc.oneof(
  fc.constantFrom(...WORDS).chain(literal),
  fc.constantFrom("0", "-1", "12", "1.5", "-0.25", "1e-2", "true", "false", "null"),
);

function objectOf(
  keys: readonly string[],
  value: fc.Arbitrary<string>,
  special: (key: string) => fc.Arbitrary<string> | undefined = () => undefined,
): fc.Arbitrary<string> {
  const member = fc
    .constantFrom(...keys)
    .chain((key) =>
      fc
        .tuple(literal(key), space, special(key) ?? value, space)
        .map(([name, before, text, after]) => `${before}${name}${after}:${before}${text}${after}`),
    );
  return fc
    .tuple(fc.array(member, { maxLength: 4 }), space)
    .map(([members, blank]) => `{${members.length === 0 ? blank : members.join(",")}}`);
}

function arrayOf(value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(value, { maxLength: 3 }).map((values) => `[${values.join(",")}]`);
}

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    objectOf(KEYS, tie("value")),
    arrayOf(tie("value")),
  ),
}));

const payload = objectOf(["message", "body", "log", "a"], scalar);
const wrapped = fc.oneof(
  payload.map((inner) => `{"data":{"jsonPayload":${inner}},"a":1}`),
  payload.map((inner) => `{"data.jsonPayload":${inner}}`),
);
/** A document, or nearly one, with space around. */
export const document: fc.Arbitrary<string> = fc
  .tuple(
    space,
    fc.oneof(objectOf(DOCUMENT_KEYS, value), wrapped),
    fc.constantFrom("", "", " ", "}", ","),
  )
  .map((parts) => parts.join(""));

const tag = fc
  .tuple(
    fc.constantFrom(...KEYS, "env", "version", "service"),
    fc.constantFrom("", ":", ":1", ":p:q", ': "'),
  )
  .map((parts) => parts.join(""));
const tags = fc
  .array(fc.oneof(tag, fc.constantFrom("", " ")), { maxLength: 4 })
  .map((list) => list.join(","));

/** Text of one record. */
export const record: fc.Arbitrary<string> = objectOf(TOP_KEYS, value, (key) => {
  if (key === "ddtags") {
    const text = tags.chain(literal);
    return fc.oneof(text, text, scalar, arrayOf(fc.oneof(text, scalar)));
  }
  if (key === "message" || key === "msg") {
    return fc.oneof(scalar, document.chain(literal), wrapped, objectOf(KEYS, value));
  }
  return undefined;
});

/** Paths of attributes that such records may have. */
export const path: fc.Arbitrary<string[]> = fc.oneof(
  fc.array(fc.constantFrom("a", "b", "c", "0", "1", "a.b", "x", "data"), {
    minLength: 1,
    maxLength: 3,
  }),
  fc
    .constantFrom(
      "message",
      "ddtags",
      "service",
      "hostname",
      "env",
      "service.name",
      "host.name",
      "deployment.environment",
      "service.version",
      "data.jsonPayload.a",
      "status",
    )
    .map((name) => [name]),
);
