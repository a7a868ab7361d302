// The file of the last good answer, when several write to it at once.

import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CachedResponse,
  cacheSource,
  readCache,
  writeCache,
} from "../../../src/providers/http/policy-cache.ts";

const answerOf = (byte: number): CachedResponse => ({
  bytes: new Uint8Array(100_000).fill(byte),
  contentType: "application/json",
  encoding: "json",
});

test("several that write one file leave the whole answer of one, and nothing beside it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "policy-cache-"));
  const path = join(folder, "cache.json");
  try {
    await Promise.all([1, 2, 3].map((byte) => writeCache(path, "source", answerOf(byte))));
    const { bytes } = await readCache(path, "source");
    expect(bytes).toEqual(new Uint8Array(100_000).fill(bytes[0]!));
    expect(readdirSync(folder)).toEqual(["cache.json"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a source is an address with its query, without saying it, and whoever asks there", () => {
  const source = (url: string): string => cacheSource(url);
  const plain = source("https://host/sync");
  expect(plain).toBe("https://host/sync");
  expect(source("https://user:password@host/sync")).toBe(source("https://other@host/sync"));
  const one = source("https://host/sync?workspace=one");
  expect(one).toMatch(/^https:\/\/host\/sync\?\*\*\* \(sha256 [0-9a-f]{64}\)$/);
  expect(source("https://host/sync?workspace=one")).toBe(one);
  expect(source("https://host/sync?workspace=two")).not.toBe(one);
});
