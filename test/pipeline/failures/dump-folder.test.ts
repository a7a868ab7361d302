// Files of dumps: rights, the bound over several writers, and what is left of one that failed.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FAILURE_WRITE_BYTES } from "../../../src/core/limits.ts";
import { DumpFolder } from "../../../src/pipeline/failures/dump-folder.ts";

const HEAD = '{"edge_failure":1,"body":"';
const BODY = Buffer.from("body");

let root = "";
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "edge-failures-"))));
afterEach(() => rmSync(root, { recursive: true }));
const at = (...names: string[]): string => join(root, ...names);
const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe("a folder of dumps", () => {
  test("is made for this user alone, as its files are", async () => {
    const folder = new DumpFolder({ folder: at("a", "b"), dumpsMax: 1 });
    const bytes = await folder.write({ head: HEAD, body: BODY });
    expect([modeOf(at("a")), modeOf(at("a", "b"))]).toEqual([0o700, 0o700]);
    expect(readdirSync(at("a", "b"))).toEqual(["failure-00001.json"]);
    const path = at("a", "b", "failure-00001.json");
    expect([modeOf(path), statSync(path).size]).toEqual([0o600, bytes!]);
    expect(readFileSync(path, "utf8")).toBe(`{"edge_failure":1,"body":"${btoa("body")}"}\n`);
  });

  test("that is there keeps its rights", async () => {
    mkdirSync(at("shared"));
    chmodSync(at("shared"), 0o755);
    await new DumpFolder({ folder: at("shared"), dumpsMax: 1 }).write({ head: HEAD, body: BODY });
    expect(modeOf(at("shared"))).toBe(0o755);
  });

  test("takes as many as it may, of several writers at once, and more once some are gone", async () => {
    const writers = [1, 2, 3].map(() => new DumpFolder({ folder: at("f"), dumpsMax: 5 }));
    const written = await Promise.all(
      Array.from({ length: 30 }, (_, i) => writers[i % 3]!.write({ head: HEAD, body: BODY })),
    );
    expect(written.filter((bytes) => bytes !== undefined)).toHaveLength(5);
    expect(readdirSync(at("f"))).toHaveLength(5);
    rmSync(at("f", "failure-00003.json"));
    expect(await writers[0]!.write({ head: HEAD, body: BODY })).toBeDefined();
    expect(await writers[1]!.write({ head: HEAD, body: BODY })).toBeUndefined();
  });

  test.each([0, 1, FAILURE_WRITE_BYTES - 1, FAILURE_WRITE_BYTES, FAILURE_WRITE_BYTES * 3 + 1])(
    "has a body of %d bytes whole",
    async (length) => {
      const body = Uint8Array.from({ length }, (_, i) => (i * 31) >> 3);
      await new DumpFolder({ folder: at("f"), dumpsMax: 1 }).write({ head: HEAD, body });
      const dump: unknown = JSON.parse(readFileSync(at("f", "failure-00001.json"), "utf8"));
      expect(dump).toEqual({ edge_failure: 1, body: Buffer.from(body).toString("base64") });
    },
  );

  test("keeps nothing of a dump that could not be written whole", async () => {
    const folder = new DumpFolder({ folder: at("f"), dumpsMax: 1 });
    const body = {
      length: 1,
      subarray: () => {
        throw new Error("torn");
      },
    } as never;
    const failed = await folder.write({ head: HEAD, body }).catch((error: unknown) => error);
    expect([String(failed), readdirSync(at("f"))]).toEqual(["Error: torn", []]);
  });

  test("that cannot be made is an error with its code", async () => {
    await Bun.write(at("file"), "");
    const folder = new DumpFolder({ folder: at("file", "f"), dumpsMax: 1 });
    const failed = await folder.write({ head: HEAD, body: BODY }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "ENOTDIR" });
  });
});
