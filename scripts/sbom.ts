// The software bill of materials of a release: a CycloneDX document of what is inside of the
// executables, which is the runtime dependencies, what those need, and Bun itself. What only
// development and tests need is in none of them, and must not be in here.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { commitTimeS, type BuildInfo } from "./build-info.ts";

const ROOT = resolve(import.meta.dir, "..");

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly description?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

interface Locked {
  readonly version: string;
  readonly dependencies: readonly string[];
  /** Of the package's archive, as hex. */
  readonly sha512: string | undefined;
}

/** The document; the same bytes for the same commit. */
export function sbom({ version, commit }: BuildInfo): string {
  const own = manifestOf(ROOT);
  const locked = lockedPackages(readFileSync(join(ROOT, "bun.lock"), "utf8"));
  const names = reached(Object.keys(own.dependencies ?? {}), locked);
  const components = [...names.map((name) => component(name, locked)), runtime()];
  const ref = `pkg:npm/edge@${version}`;
  const refs = new Map(components.map((one) => [one.name, one["bom-ref"]]));
  const edges = names.map((name) => ({
    ref: refs.get(name),
    dependsOn: (locked.get(name)?.dependencies ?? []).map((needed) => refs.get(needed)),
  }));
  const direct = [...Object.keys(own.dependencies ?? {}), "bun"].sort();
  const timeS = commitTimeS();
  const document = {
    metadata: {
      ...(timeS === undefined ? {} : { timestamp: new Date(timeS * 1000).toISOString() }),
      component: {
        type: "application",
        "bom-ref": ref,
        name: "edge",
        version,
        description: own.description,
        licenses: [{ license: { id: own.license } }],
        purl: ref,
        properties: [{ name: "edge:commit", value: commit }],
      },
    },
    components,
    dependencies: [{ ref, dependsOn: direct.map((name) => refs.get(name)) }, ...edges],
  };
  const head = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(document))}`,
    version: 1,
  };
  return `${JSON.stringify({ ...head, ...document }, undefined, 2)}\n`;
}

/** Bun's lock file: JSON with commas too many. By name: packages that stand there once. */
export function lockedPackages(text: string): ReadonlyMap<string, Locked> {
  const tree: unknown = JSON.parse(text.replaceAll(/,(\s*[\]}])/g, "$1"));
  // Written by the package manager.
  const { packages } = tree as {
    packages: Readonly<
      Record<string, [string, string, { dependencies?: Record<string, string> }, string?]>
    >;
  };
  const locked = Object.entries(packages).map(([name, [id, , more, integrity]]) => {
    const digest = integrity?.startsWith("sha512-") ? integrity.slice("sha512-".length) : undefined;
    const one: Locked = {
      version: id.slice(id.lastIndexOf("@") + 1),
      dependencies: Object.keys(more.dependencies ?? {}).sort(),
      sha512: digest === undefined ? undefined : Buffer.from(digest, "base64").toString("hex"),
    };
    return [name, one] as const;
  });
  return new Map(locked);
}

/** These packages and all that they need, in order. */
function reached(names: readonly string[], locked: ReadonlyMap<string, Locked>): string[] {
  const found = new Set<string>();
  const left = [...names];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    left.push(...(locked.get(name)?.dependencies ?? []));
  }
  return [...found].sort();
}

function component(name: string, locked: ReadonlyMap<string, Locked>) {
  const one = locked.get(name);
  if (one === undefined) throw new Error(`bun.lock has no "${name}"; run bun install.`);
  const { version, sha512 } = one;
  const { license } = manifestOf(join(ROOT, "node_modules", name));
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  return {
    type: "library",
    "bom-ref": purl,
    name,
    version,
    ...(license === undefined ? {} : { licenses: licensesOf(license) }),
    ...(sha512 === undefined ? {} : { hashes: [{ alg: "SHA-512", content: sha512 }] }),
    purl,
  };
}

/** Licenses with an operator are expressions. */
function licensesOf(license: string) {
  return /[ ()]/.test(license) ? [{ expression: license }] : [{ license: { id: license } }];
}

/** What compiled programs begin with. */
function runtime() {
  const purl = `pkg:github/oven-sh/bun@${Bun.version}`;
  const [name, version] = ["bun", Bun.version];
  return { type: "framework", "bom-ref": purl, name, version, licenses: licensesOf("MIT"), purl };
}

function manifestOf(folder: string): Manifest {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  // Packages that were installed have one of this shape.
  return manifest as Manifest;
}

/** A UUID of version 8 (RFC 9562): the same for the same text. */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  const variant = "89ab"[Number.parseInt(hex[16] ?? "0", 16) % 4] ?? "8";
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`];
  return [...parts, `${variant}${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
}
