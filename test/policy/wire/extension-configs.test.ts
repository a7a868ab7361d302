// Configurations of extensions in a sync response: what is none is an error that says which one.

import { expect, test } from "bun:test";
import { SyncResponseError } from "../../../src/policy/wire/index.ts";
import { encodeUtf8 } from "../../../src/core/utf8.ts";
import { readSyncResponse } from "./read-response.ts";

const read = (extension_configs: unknown) =>
  readSyncResponse(encodeUtf8(JSON.stringify({ extension_configs })), "application/json", "json")
    .extensionConfigs;

test("one without configurations has none", () => {
  expect(read([{ type: "a" }, { type: "b", config: [] }])).toEqual([
    { type: "a", config: [] },
    { type: "b", config: [] },
  ]);
});

test.each([
  ["a text for the list", { type: "a", config: "aGk=" }],
  ["what is no base64 in the list", { type: "a", config: ["aGk=", "?"] }],
  ["a number in the list", { type: "a", config: [5] }],
  ["no type", { config: [] }],
  ["a type that is no text", { type: 5, config: [] }],
  ["a text for all of it", "a"],
])("%s is an error that names the place", (_, wrong) => {
  expect(() => read([{ type: "right" }, wrong])).toThrow(
    new SyncResponseError("extension_configs[1]: expected a type and base64 configs"),
  );
});

test("what is no list is an error", () => {
  expect(() => read({})).toThrow(new SyncResponseError("extension_configs: expected a list"));
});
