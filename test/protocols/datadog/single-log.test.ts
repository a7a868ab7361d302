// Datadog logs with what their request said of them in its query.

import { expect, test } from "bun:test";
import { logDocument } from "../../../src/protocols/datadog/single-log.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function documentOf(log: string, given?: string): string {
  const frame = given === undefined ? undefined : { resource: encode(given), scope: encode("") };
  const document = logDocument({ signal: "log", bytes: encode(log), frame });
  return new TextDecoder().decode(document);
}

const GIVEN = '{"ddtags":"env:x,team:a","ddsource":"nginx"}';

test.each([
  ["is as it came when the request gave nothing", '{ "n":1.50 }', undefined, '{ "n":1.50 }'],
  [
    "has the members of the request behind its own, which stay as they are",
    '{"message":"m","n":9007199254740993}',
    GIVEN,
    '{"message":"m","n":9007199254740993,"ddtags":"env:x,team:a","ddsource":"nginx"}',
  ],
  ["that is empty has those of the request", "{}", '{"service":"s"}', '{"service":"s"}'],
  [
    "keeps a member that the request has, too",
    '{"ddsource":"own","service":"s"}',
    '{"ddsource":"nginx"}',
    '{"ddsource":"own","service":"s"}',
  ],
  [
    "has its own tags and those of the request",
    '{"ddtags":"a:b","ddsource":"s"}',
    GIVEN,
    '{"ddtags":"a:b,env:x,team:a","ddsource":"s"}',
  ],
  [
    "with no tags in its member has those of the request in it",
    '{"ddtags":""}',
    GIVEN,
    '{"ddtags":"env:x,team:a","ddsource":"nginx"}',
  ],
  ["whose tags are no text keeps them", '{"ddtags":["a"]}', '{"ddtags":"b:c"}', '{"ddtags":["a"]}'],
  [
    "that has a member twice is told by the last one",
    '{"ddtags":"x:y","ddtags":"a:b"}',
    '{"ddtags":"c:d"}',
    '{"ddtags":"x:y","ddtags":"a:b,c:d"}',
  ],
])("a log %s", (_, log, given, document) => {
  expect(documentOf(log, given)).toBe(document);
});
