// What a program says of itself: version and commit. A release is the commit that a tag `v1.2.3`
// names, and its version is the tag's; any other build has the version of package.json. Where there
// is no git, as in the build of an image, variables say both.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dir, "..");
/** Semantic Versioning 2.0.0; no build metadata, which tags of images cannot have. */
const VERSION = /^v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)$/;
const COMMIT_DIGITS = 12;

export interface BuildInfo {
  readonly version: string;
  /** Or `unknown`. */
  readonly commit: string;
  /** Whether the version is that of a tag, or given. */
  readonly isRelease: boolean;
}

interface BuildInfoOptions {
  /** Of package.json, and where git is asked. Default: this project. */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** @throws when EDGE_BUILD_VERSION is no version */
export function buildInfo({ folder = ROOT, env = Bun.env }: BuildInfoOptions = {}): BuildInfo {
  const commit = env["EDGE_BUILD_COMMIT"] || git(folder, "rev-parse", "HEAD");
  const given = env["EDGE_BUILD_VERSION"];
  const tagged = given === undefined || given === "" ? taggedVersion(folder) : versionOf(given);
  return {
    version: tagged ?? manifestVersion(folder),
    commit: commit === undefined || commit === "" ? "unknown" : commit.slice(0, COMMIT_DIGITS),
    isRelease: tagged !== undefined,
  };
}

/** When the commit was made, in seconds since 1970: releases of one commit are of one time. */
export function commitTimeS(folder: string = ROOT): number | undefined {
  const given = Number(Bun.env["SOURCE_DATE_EPOCH"] || git(folder, "log", "-1", "--format=%ct"));
  return Number.isSafeInteger(given) && given > 0 ? given : undefined;
}

function versionOf(text: string): string {
  const version = VERSION.exec(text)?.[1];
  if (version !== undefined) return version;
  throw new Error(`EDGE_BUILD_VERSION is "${text}"; a version is 1.2.3 or v1.2.3-rc.1.`);
}

/** Of the tags at this commit the highest; others, such as `nightly`, are no versions. */
function taggedVersion(folder: string): string | undefined {
  const tags = git(folder, "tag", "--points-at", "HEAD")?.split("\n") ?? [];
  const versions = tags.flatMap((tag) =>
    tag.startsWith("v") ? (VERSION.exec(tag)?.[1] ?? []) : [],
  );
  return versions.sort((a, b) => Bun.semver.order(a, b)).at(-1);
}

function manifestVersion(folder: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  // The manifest is this project's own.
  return (manifest as { version: string }).version;
}

function git(folder: string, ...args: string[]): string | undefined {
  try {
    const asked = Bun.spawnSync(["git", ...args], { cwd: folder, stderr: "ignore" });
    return asked.success ? asked.stdout.toString().trim() : undefined;
  } catch {
    // No git on this machine: an archive of the sources builds as well.
    return undefined;
  }
}
