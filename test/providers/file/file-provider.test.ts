// Policies from a file on a real file system: every way in which files change, and every way in
// which they break.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileProvider, type FileProviderOptions } from "../../../src/providers/index.ts";
import { FakeHost } from "../fake-host.ts";

const HOUR_MS = 3_600_000;

let folder: string;
let path: string;
let host: FakeHost;
let providers: FileProvider[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "file-provider-"));
  path = join(folder, "policies.json");
  host = new FakeHost();
  providers = [];
});
afterEach(async () => {
  for (const provider of providers) await provider.stop();
  rmSync(folder, { recursive: true, force: true });
});

const policies = (...ids: string[]): string =>
  JSON.stringify({
    policies: ids.map((id) => ({
      id,
      name: id,
      log: { match: [{ log_field: "body", exists: true }], keep: "none" },
    })),
  });

/** Starts on `path`; by default only the watch, not the polling, can see a change in time. */
function start(options: Partial<FileProviderOptions> = {}): FileProvider {
  const provider = new FileProvider({
    id: "files",
    path,
    pollIntervalMs: HOUR_MS,
    settleMs: 1,
    ...options,
  });
  providers.push(provider);
  provider.start(host);
  return provider;
}

async function startWith(text: string, options: Partial<FileProviderOptions> = {}) {
  writeFileSync(path, text);
  const loaded = host.next("offer");
  const provider = start(options);
  await loaded;
  return provider;
}

async function seen(needed: string, change: () => void): Promise<void> {
  const told = host.next(needed);
  change();
  await told;
}

/** Replaces the file as careful writers do. */
function replace(text: string | Uint8Array, target = path): void {
  writeFileSync(`${target}.new`, text);
  renameSync(`${target}.new`, target);
}

describe("loading", () => {
  test("JSON and YAML give the same policies, and the hash is that of the content", async () => {
    await startWith(policies("a"));
    path = join(folder, "policies.yaml");
    await startWith(
      "policies:\n  - id: a\n    name: a\n    log:\n      match: [{log_field: body, exists: true}]\n      keep: none\n",
    );
    const [json, yaml] = host.sets;
    expect(yaml!.policies).toEqual(json!.policies);
    expect(json!.hash).toBe(new Bun.CryptoHasher("sha256").update(policies("a")).digest("hex"));
  });

  test("one bad policy does not keep the others out, and its place is known", async () => {
    await startWith(
      '{"policies": [\n  {"id": "bad", "name": "b", "log": {"match": [{"log_field": "body", "exists": true}], "keep": "nnone"}},\n' +
        '  {"id": "good", "name": "g", "log": {"match": [{"log_field": "body", "exists": true}], "keep": "none"}}\n]}',
    );
    const { policies: loaded, locate } = host.sets[0]!;
    expect(loaded.map(({ id, errors }) => [id, errors.length])).toEqual([
      ["bad", 1],
      ["good", 0],
    ]);
    const error = loaded[0]!.errors[0]!;
    expect(await locate?.([{ index: 0, error }])).toEqual([`${path}:2:96`]);
  });
});

describe("changes that the watch sees", () => {
  test("an atomic rename", async () => {
    await startWith(policies("a"));
    await seen("offer b", () => replace(policies("b")));
    await seen("offer c", () => replace(policies("c")));
    expect(host.news).toEqual(["offer a", "offer b", "offer c"]);
  });

  test("a file written in place", async () => {
    await startWith(policies("a"));
    await seen("offer b,c", () => writeFileSync(path, policies("b", "c")));
  });

  test("a mounted configuration whose link changes its target", async () => {
    for (const version of ["v1", "v2"]) {
      mkdirSync(join(folder, `..${version}`));
      writeFileSync(join(folder, `..${version}`, "policies.json"), policies(version));
    }
    symlinkSync("..v1", join(folder, "..data"));
    symlinkSync("..data/policies.json", path);
    const loaded = host.next("offer v1");
    start();
    await loaded;
    await seen("offer v2", () => {
      symlinkSync("..v2", join(folder, "..data_tmp"));
      renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
      rmSync(join(folder, "..v1"), { recursive: true });
    });
    expect(host.news).toEqual(["offer v1", "offer v2"]);
  });

  test("a file that appears later", async () => {
    await seen("failed", () => start());
    expect(host.news).toEqual([`failed ${path}: no such file`]);
    await seen("offer a", () => replace(policies("a")));
  });

  test("a folder that appears later, and the folders above it", async () => {
    path = join(folder, "a", "b", "policies.json");
    await seen("no such file", () => start());
    mkdirSync(join(folder, "a"));
    await seen("offer a", () => {
      mkdirSync(join(folder, "a", "b"));
      replace(policies("a"));
    });
    await seen("offer b", () => replace(policies("b")));
  });

  test("a folder that goes away and comes back", async () => {
    const mount = join(folder, "mount");
    mkdirSync(mount);
    path = join(mount, "policies.json");
    await startWith(policies("a"));
    await seen("no such file", () => rmSync(mount, { recursive: true }));
    await seen("offer b", () => {
      mkdirSync(mount);
      replace(policies("b"));
    });
  });

  test("another file beside it changes nothing", async () => {
    await startWith(policies("a"));
    await seen("unchanged", () => writeFileSync(join(folder, "other"), "x"));
    expect(host.news).toEqual(["offer a"]);
  });

  test("the same content in another file is nothing new", async () => {
    await startWith(policies("a"));
    await seen("unchanged", () => replace(policies("a")));
    expect(host.news).toEqual(["offer a"]);
  });
});

describe("changes that only polling sees", () => {
  test("the target of a link into another folder", async () => {
    const target = join(folder, "elsewhere", "real.json");
    mkdirSync(join(folder, "elsewhere"));
    writeFileSync(target, policies("a"));
    symlinkSync(target, path);
    const loaded = host.next("offer a");
    start({ pollIntervalMs: 5 });
    await loaded;
    await seen("offer b", () => replace(policies("b"), target));
  });

  test("a change that leaves size and time as they were, while its time is fresh", async () => {
    const target = join(folder, "elsewhere", "real.json");
    mkdirSync(join(folder, "elsewhere"));
    writeFileSync(target, policies("a"));
    symlinkSync(target, path);
    const loaded = host.next("offer a");
    start({ pollIntervalMs: 5, nowMs: () => 0 });
    await loaded;
    await seen("offer b", () => writeFileSync(target, policies("b")));
  });
});

describe("bad files", () => {
  const broken: [string, string, RegExp][] = [
    ["half of a document", policies("a").slice(0, 40), /policies\.json:1:\d+: /],
    ["an empty file", "", /is empty; write \{"policies": \[\]\} for no policies$/],
    ["blanks", " \n\t ", /is empty/],
    ["another kind of document", '{"hello": 1}', /"policies" is missing/],
    ["no list", '{"policies": {}}', /expected a list/],
    ["bytes that are no text", "\xff\xfe{}", /is not UTF-8 text; save it as UTF-8$/],
  ];
  for (const [name, text, reason] of broken)
    test(`${name} never replaces a good set`, async () => {
      await startWith(policies("good"));
      await seen("failed", () => replace(Buffer.from(text, "latin1")));
      expect(host.news.length).toBe(2);
      expect(host.news[1]).toMatch(reason);
      await seen("offer mended", () => replace(policies("mended")));
    });

  test("an empty list of policies is a set like any other", async () => {
    await startWith(policies("a"));
    await seen("offer", () => replace('{"policies": []}'));
    expect(host.sets[1]!.policies).toEqual([]);
  });

  test("a deleted file keeps the set, and says so once; the same file again is well again", async () => {
    await startWith(policies("a"), { pollIntervalMs: 5 });
    await seen("failed", () => rmSync(path));
    await seen("unchanged", () => replace(policies("a")));
    await seen("failed", () => rmSync(path));
    expect(host.news).toEqual(["offer a", ...Array(2).fill(`failed ${path}: no such file`)]);
  });

  test("a bad file is told once, however often it is looked at", async () => {
    let looks = 0;
    const { promise: lookedOften, resolve } = Promise.withResolvers<void>();
    const nowMs = (): number => {
      if (++looks === 20) resolve();
      return Date.now();
    };
    writeFileSync(path, "{");
    start({ pollIntervalMs: 1, nowMs });
    await lookedOften;
    expect(host.told.length).toBe(1);
    expect(host.told[0]).toStartWith(`failed ${path}:1:`);
  });

  test("a good file that comes back after a bad one needs no new set", async () => {
    await startWith(policies("good"));
    await seen("failed", () => replace("{"));
    await seen("unchanged", () => replace(policies("good")));
    await seen("failed", () => replace("{"));
    expect(host.news.map((one) => one.split(" ")[0])).toEqual(["offer", "failed", "failed"]);
  });

  test("a file over the limit is refused", async () => {
    const bytesMax = policies("a").length;
    await startWith(policies("a"), { bytesMax });
    await seen("failed", () => replace(`${policies("b")} `));
    expect(host.news[1]).toBe(
      `failed ${path}: larger than ${bytesMax} bytes, which is the most that is read`,
    );
    await seen("offer b", () => replace(policies("b")));
  });

  test("a named pipe in place of the file is an error, not a hang", async () => {
    await startWith(policies("a"));
    await seen("failed", () => {
      expect(Bun.spawnSync(["mkfifo", `${path}.pipe`]).exitCode).toBe(0);
      renameSync(`${path}.pipe`, path);
    });
    expect(host.news[1]).toBe(`failed ${path}: a named pipe, not a regular file`);
  });

  test("a set that the engine refuses is offered again", async () => {
    await startWith(policies("a"));
    host.refuse = "no room";
    await seen("failed", () => replace(policies("b")));
    expect(host.news.slice(1)).toEqual([
      "refused b",
      `failed ${path}: could not be put in force: no room`,
    ]);
    await seen("offer b", () => writeFileSync(join(folder, "other"), "x"));
  });
});

describe("reload and stop", () => {
  test("a reload looks at once and tells a failure again", async () => {
    const provider = await startWith(policies("a"));
    rmSync(path);
    await provider.reload();
    await provider.reload();
    expect(host.news.slice(1).length).toBeGreaterThanOrEqual(2);
    writeFileSync(path, policies("b"));
    await provider.reload();
    expect(host.news.at(-1)).toBe("offer b");
  });

  test("after a stop nothing is looked at or told", async () => {
    const provider = await startWith(policies("a"), { pollIntervalMs: 1 });
    await provider.stop();
    const count = host.told.length;
    replace(policies("b"));
    await provider.reload();
    expect(host.told.length).toBe(count);
  });

  test("a stop before the start is safe", async () => {
    const provider = new FileProvider({ id: "x", path, pollIntervalMs: HOUR_MS });
    await provider.stop();
  });
});
