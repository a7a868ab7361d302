// What says what a release is: its version, its sums, its bill of materials. That the executables
// run is for test/e2e.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildInfo } from "../../scripts/build-info.ts";
import { PLATFORMS, writeSums } from "../../scripts/release-files.ts";
import { lockedPackages, sbom } from "../../scripts/sbom.ts";

const ROOT = resolve(import.meta.dir, "../..");
const folder = mkdtempSync(join(tmpdir(), "release-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the version of a build", () => {
  const repository = join(folder, "repository");
  let commits = 0;

  function git(...args: string[]): string {
    const who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "tag.gpgsign=false"];
    const asked = Bun.spawnSync(["git", ...who, ...args], { cwd: repository });
    if (!asked.success) throw new Error(asked.stderr.toString());
    return asked.stdout.toString().trim();
  }
  const commit = (): string => {
    git("commit", "--allow-empty", "-q", "-m", `commit ${++commits}`);
    return git("rev-parse", "--short=12", "HEAD");
  };
  const built = (env: Record<string, string> = {}) => buildInfo({ folder: repository, env });

  beforeAll(() => {
    mkdirSync(repository);
    git("init", "-q");
    writeFileSync(join(repository, "package.json"), '{"version": "0.7.0"}');
  });

  test("is that of package.json where no tag of a version is at the commit", () => {
    const first = commit();
    expect(built()).toEqual({ version: "0.7.0", commit: first, isRelease: false });
    for (const tag of ["nightly", "1.0.0", "v1", "v1.2", "version-1.2.3"]) git("tag", tag);
    expect(built()).toEqual({ version: "0.7.0", commit: first, isRelease: false });
  });

  test("is the tag's, light or annotated, also before a release, and the highest of several", () => {
    for (const [tag, version] of [
      ["v1.2.3-rc.1", "1.2.3-rc.1"],
      ["v1.2.3", "1.2.3"],
      ["v1.10.0", "1.10.0"],
      ["v1.9.0", "1.10.0"],
    ] as const) {
      git("tag", "-a", "-m", tag, tag);
      expect([tag, built().version, built().isRelease]).toEqual([tag, version, true]);
    }
  });

  test("is no tag's any more one commit later", () => {
    const next = commit();
    expect(built()).toEqual({ version: "0.7.0", commit: next, isRelease: false });
  });

  test("is what a variable says, with or without v, where there is no git", () => {
    const plain = join(folder, "plain");
    mkdirSync(plain);
    writeFileSync(join(plain, "package.json"), '{"version": "0.7.0"}');
    const unknown = { version: "0.7.0", commit: "unknown", isRelease: false };
    const env = { EDGE_BUILD_VERSION: "v3.0.0", EDGE_BUILD_COMMIT: "0123456789abcdef" };
    const said = { version: "3.0.0", commit: "0123456789ab", isRelease: true };
    expect(buildInfo({ folder: plain, env: {} })).toEqual(unknown);
    expect(buildInfo({ folder: plain, env: { EDGE_BUILD_VERSION: "" } })).toEqual(unknown);
    expect(buildInfo({ folder: plain, env })).toEqual(said);
  });

  test.each(["3.0", "latest", "v3.0.0+build"])("cannot be %p", (version) => {
    const want = `EDGE_BUILD_VERSION is "${version}"; a version is 1.2.3 or v1.2.3-rc.1.`;
    expect(() => built({ EDGE_BUILD_VERSION: version })).toThrow(new Error(want));
  });
});

test("a release has the platforms that downloads are named for", () => {
  expect(PLATFORMS).toEqual({
    "linux-amd64": "linux-x64",
    "linux-amd64-baseline": "linux-x64-baseline",
    "linux-arm64": "linux-arm64",
    "darwin-arm64": "darwin-arm64",
  });
});

test("SHA256SUMS has a line for each file, in order, by name", async () => {
  const paths = ["edge-linux-arm64", "edge-linux-amd64"].map((name) => {
    const path = join(folder, name);
    writeFileSync(path, `bytes of ${name}`);
    return path;
  });
  const sums = await writeSums(paths, folder);
  const sumOf = (name: string) => createHash("sha256").update(`bytes of ${name}`).digest("hex");
  expect(readFileSync(sums, "utf8")).toBe(
    `${sumOf("edge-linux-amd64")}  edge-linux-amd64\n${sumOf("edge-linux-arm64")}  edge-linux-arm64\n`,
  );
});

describe("the bill of materials", () => {
  interface Bill {
    readonly bomFormat: string;
    readonly specVersion: string;
    readonly serialNumber: string;
    readonly metadata: { readonly component: { readonly name: string; readonly version: string } };
    readonly components: readonly {
      readonly name: string;
      readonly version: string;
      readonly purl: string;
      readonly licenses: readonly object[];
      readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
    }[];
    readonly dependencies: readonly { readonly ref: string; readonly dependsOn: string[] }[];
  }
  const info = { version: "1.2.3", commit: "0123456789ab", isRelease: true };
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const bill = JSON.parse(sbom(info)) as Bill;

  test("names the release, and is the same each time", () => {
    const { bomFormat, specVersion, metadata } = bill;
    expect([bomFormat, specVersion]).toEqual(["CycloneDX", "1.6"]);
    expect(metadata.component).toMatchObject({ name: "edge", version: "1.2.3" });
    const uuid = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(bill.serialNumber).toMatch(uuid);
    expect(sbom(info)).toBe(sbom(info));
    expect(sbom({ ...info, version: "1.2.4" })).not.toContain(bill.serialNumber);
  });

  test("has what programs hold when they run, and nothing of development", () => {
    const named = bill.components.map(({ name, version }) => [name, version]);
    expect(Object.fromEntries(named)).toEqual({ ...manifest.dependencies, bun: Bun.version });
  });

  test("says of each its license and what was installed", () => {
    const bare = bill.components.filter(({ licenses }) => licenses.length === 0);
    expect(bare).toEqual([]);
    const hashes = bill.components.map(({ name, hashes }) => [name, hashes?.[0]?.content.length]);
    const digits = Object.keys(manifest.dependencies).map((name) => [name, 128]);
    expect(Object.fromEntries(hashes)).toEqual({ ...Object.fromEntries(digits), bun: undefined });
  });

  test("every reference leads to a component", () => {
    const known = new Set(["pkg:npm/edge@1.2.3", ...bill.components.map(({ purl }) => purl)]);
    const asked = bill.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]);
    expect(asked.filter((ref) => !known.has(ref))).toEqual([]);
    expect(bill.dependencies[0]?.dependsOn).toHaveLength(bill.components.length);
  });

  test("reads the lock file's versions, needs and hashes", () => {
    const text = `{"packages": {
      "@a/b": ["@a/b@1.0.0", "", { "dependencies": { "c": "^2" } }, "sha512-AQI="],
      "c": ["c@2.1.0", "", {}, "sha512-/w=="],
    },}`;
    expect([...lockedPackages(text)]).toEqual([
      ["@a/b", { version: "1.0.0", dependencies: ["c"], sha512: "0102" }],
      ["c", { version: "2.1.0", dependencies: [], sha512: "ff" }],
    ]);
  });
});
