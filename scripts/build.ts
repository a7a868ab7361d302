// Compiles distributions to single executables: dist/edge, dist/edge-otlp, and so on. The result
// needs nothing beside it: no runtime, no packages, no files of this project.
// Usage: bun scripts/build.ts [name…] [--target=linux-arm64…] [--outdir=dist]
// `lambda` as a name stands for the layers of AWS Lambda: dist/tero-edge-x86_64.zip and -arm64.zip;
// `all` for the files of a release: every distribution for every platform, layers, sums.

import {
  existsSync,
  mkdirSync,
  renameSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { bundleConsole, CONSOLE_FILE } from "../src/admin/console/bundle.ts";
import { DISTRIBUTIONS } from "../src/distributions.ts";
import { buildInfo } from "./build-info.ts";
import { writeLayer } from "./lambda-layer.ts";
import { PLATFORMS, SBOM_NAME, writeSums } from "./release-files.ts";
import { sbom } from "./sbom.ts";

const ROOT = resolve(import.meta.dir, "..");

export interface BuildRequest {
  /** Name of an entry point without its extension: `edge`, `edge-otlp`. */
  readonly name: string;
  /** Folder of the result; it is created. */
  readonly outdir: string;
  /**
   * Platform by the name of a release (`linux-amd64`) or as Bun calls it (`linux-x64-musl`);
   * default: this machine.
   */
  readonly target?: string;
}

export interface Built {
  readonly path: string;
  readonly bytes: number;
  readonly durationMs: number;
}

/** Names of the entry points that exist, in order. */
export function entryPoints(): string[] {
  return readdirSync(join(ROOT, "src"))
    .flatMap((file) => /^(edge(?:-[a-z]+)*)\.ts$/.exec(file)?.[1] ?? [])
    .sort();
}

/** Compiles one entry point. Throws when there is none, or it does not compile for the target. */
export async function buildExecutable({ name, outdir, target }: BuildRequest): Promise<Built> {
  const entry = join(ROOT, "src", `${name}.ts`);
  if (!existsSync(entry)) {
    throw new Error(`"${name}" is not an entry point; there are ${entryPoints().join(", ")}.`);
  }
  const outfile = resolve(outdir, target === undefined ? name : `${name}-${target}`);
  mkdirSync(resolve(outdir), { recursive: true });
  const started = performance.now();
  const isProxy = Object.values(DISTRIBUTIONS).some(({ program }) => program === name);
  const files = isProxy ? [await writeConsole()] : [];
  await compile(entry, outfile, { target, files });
  const bytes = statSync(outfile).size;
  return { path: outfile, bytes, durationMs: performance.now() - started };
}

/** Times as reluctant to compile as usual. */
const START_JIT_POLICY = 8;
/** What runs at the start; scripts/release/start-profile.ts writes it. */
export const START_PROFILE = join(ROOT, "scripts/release/start-profile.order");

/**
 * Where the console's script is, in gzip. The executable holds its path, too, so it is the same for
 * all builds; those that run at the same time write the same bytes.
 */
async function writeConsole(): Promise<string> {
  const folder = join(ROOT, "node_modules/.cache/edge");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, CONSOLE_FILE);
  const whole = `${path}.${process.pid}`;
  writeFileSync(whole, Bun.gzipSync(await bundleConsole(), { level: 9 }));
  renameSync(whole, path);
  return path;
}

export interface CompileOptions {
  /** See BuildRequest. */
  readonly target?: string | undefined;
  /** Paths of files that the executable holds under their own names. */
  readonly files?: readonly string[];
  /** Without what makes it start a little faster, and stacks of crashes readable. */
  readonly isSmall?: boolean;
}

/** Compiles a module and what it imports to the executable `outfile`. */
export async function compile(
  entry: string,
  outfile: string,
  { target, files = [], isSmall = false }: CompileOptions = {},
): Promise<void> {
  const { version, commit } = buildInfo();
  const result = await Bun.build({
    entrypoints: [entry, ...files],
    loader: { ".gz": "file" },
    naming: { asset: "[name].[ext]" },
    minify: true,
    bytecode: !isSmall,
    format: "esm",
    // What is loaded when it is needed, such as a command, costs the start nothing.
    splitting: true,
    // Within the executable, so that the stack of a crash names files and lines of the source.
    sourcemap: isSmall ? "none" : "linked",
    define: {
      "process.env.EDGE_VERSION": JSON.stringify(version),
      "process.env.EDGE_COMMIT": JSON.stringify(commit),
    },
    compile: {
      outfile,
      // While it starts: what runs once is not worth compiling. See src/system/jit-policy.ts.
      jitPolicy: START_JIT_POLICY,
      ...(isSmall ? {} : { bytecodeOrder: START_PROFILE }),
      // A file that lies in the working directory must not change what the program does.
      autoloadDotenv: false,
      autoloadBunfig: false,
      ...(target === undefined ? {} : { target: targetOf(target) }),
    },
  });
  if (!result.success) throw new Error(result.logs.map(String).join("\n"));
  // Second copies, which nothing reads.
  const folder = dirname(outfile);
  for (const { kind, path } of result.outputs) {
    if (kind === "sourcemap") rmSync(resolve(folder, basename(path)), { force: true });
  }
}

/** The name that Bun has for a platform; it refuses those that it does not know. */
function targetOf(platform: string): Bun.Build.CompileTarget {
  return `bun-${PLATFORMS[platform] ?? platform}` as Bun.Build.CompileTarget;
}

/** Architectures of AWS Lambda, and the platforms that they are. */
const LAYERS = { x86_64: "linux-x64", arm64: "linux-arm64" } as const;

/** Compiles the extension for each architecture and zips it; answers what was written. */
export async function buildLayers(outdir: string): Promise<readonly Built[]> {
  const layers: Built[] = [];
  for (const [architecture, target] of Object.entries(LAYERS)) {
    const started = performance.now();
    const compiled = resolve(outdir, `tero-edge-${architecture}`);
    mkdirSync(resolve(outdir), { recursive: true });
    // What a sandbox loads is small: no map for stacks, and no bytecode, which is as large again.
    await compile(join(ROOT, "src/edge-lambda.ts"), compiled, { target, isSmall: true });
    const path = `${compiled}.zip`;
    const bytes = writeLayer(compiled, path);
    rmSync(compiled);
    layers.push({ path, bytes, durationMs: performance.now() - started });
  }
  return layers;
}

interface Options {
  readonly names: readonly string[];
  readonly targets: readonly (string | undefined)[];
  readonly outdir: string;
}

/** Reads the command line; throws on an option that it does not know. */
export function parseBuildOptions(argv: readonly string[]): Options {
  const names: string[] = [];
  const targets: string[] = [];
  let outdir = join(ROOT, "dist");
  for (let i = 0; i < argv.length; i++) {
    const [flag = "", inline] = (argv[i] ?? "").split(/=(.*)/s);
    if (!flag.startsWith("--")) {
      names.push(flag);
      continue;
    }
    const value = inline ?? argv[++i];
    if (value === undefined || value === "") throw new Error(`${flag} needs a value.`);
    if (flag === "--target") targets.push(...value.split(",").map(withoutPrefix));
    else if (flag === "--outdir") outdir = resolve(value);
    else throw new Error(`${flag} is not an option; use --target or --outdir.`);
  }
  return {
    names: names.length > 0 ? names : entryPoints(),
    targets: targets.length > 0 ? targets : [undefined],
    outdir,
  };
}

/** Targets are known with and without `bun-` in front. */
function withoutPrefix(target: string): string {
  return target.replace(/^bun-/, "");
}

/** Stands for the layers, beside the names of entry points. */
const LAYERS_NAME = "lambda";
/** Stands for all files of a release. */
const RELEASE_NAME = "all";

/** Builds a release for these platforms into `outdir`; tells of each file when it is there. */
export async function buildRelease(
  outdir: string,
  platforms: readonly string[],
  told: (built: Built) => void,
): Promise<void> {
  const paths: string[] = [];
  const done = (built: Built): void => {
    paths.push(built.path);
    told(built);
  };
  for (const target of platforms) {
    for (const name of entryPoints()) done(await buildExecutable({ name, outdir, target }));
  }
  (await buildLayers(outdir)).forEach(done);
  for (const write of [writeBill, (folder: string) => writeSums(paths, folder)]) {
    const started = performance.now();
    const path = await write(outdir);
    done({ path, bytes: statSync(path).size, durationMs: performance.now() - started });
  }
}

function writeBill(outdir: string): string {
  const path = join(outdir, SBOM_NAME);
  writeFileSync(path, sbom(buildInfo()));
  return path;
}

function tell({ path, bytes, durationMs }: Built): void {
  const size = bytes < 100_000 ? `${bytes} B` : `${(bytes / 1_000_000).toFixed(1)} MB`;
  console.log(`${path}  ${size}  ${Math.round(durationMs)} ms`);
}

async function main(): Promise<void> {
  const { names, targets, outdir } = parseBuildOptions(process.argv.slice(2));
  if (names.includes(RELEASE_NAME)) {
    if (names.length > 1)
      throw new Error(`"${RELEASE_NAME}" is everything; name nothing beside it.`);
    const { version, commit, isRelease } = buildInfo();
    console.log(`${version} of ${commit}${isRelease ? "" : "; no tag v… is at this commit"}`);
    const given = targets.filter((target) => target !== undefined);
    await buildRelease(outdir, given.length > 0 ? given : Object.keys(PLATFORMS), tell);
    return;
  }
  if (names.includes(LAYERS_NAME)) (await buildLayers(outdir)).forEach(tell);
  for (const target of targets) {
    for (const name of names) {
      if (name === LAYERS_NAME) continue;
      tell(
        await buildExecutable(target === undefined ? { name, outdir } : { name, outdir, target }),
      );
    }
  }
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(`build: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
