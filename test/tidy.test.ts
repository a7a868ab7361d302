// The code checks its own shape: layering, purity, sizes, openings of files, and that documents
// name what exists. Reads the working tree as text. Only generated code is passed over.

import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import {
  circlesOf,
  type Import,
  importsOf,
  isGenerated,
  longFunctions,
  packageOf,
  read,
  ROOT,
  type SourceFile,
  unusedExports,
  walk,
  withoutComments,
} from "./support/source-tree.ts";

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const LINE_COLUMNS_MAX = 100;
const FOLDER_FILES_MAX = 25;

/** Folders of src that a folder may import; `types` only as types. What is not listed is denied. */
interface Layer {
  readonly imports: readonly string[];
  readonly types?: readonly string[];
  /** Packages, and `node:` or `bun` for what the runtime brings. */
  readonly packages: readonly string[];
  readonly pure?: true;
}
const RUNTIME = ["node:", "bun"];
const PB = "@bufbuild/protobuf";
const ENGINE = ["core", "policy", "protocols"];
const PLUMBING = ["system", "config", "o11y"];
/** What the path of a request is built of. */
const PATH = [...ENGINE, ...PLUMBING, "proto"];
/** What a program's life is built of. */
const LIFE = [...PATH, "re2", "providers", "extensions", "pipeline", "upstream"];
const LAYERS: Readonly<Record<string, Layer>> = {
  core: { imports: [], packages: [], pure: true },
  proto: { imports: [], packages: [PB], pure: true },
  regex: { imports: ["core"], packages: [], pure: true },
  policy: { imports: ["core", "proto", "regex"], packages: [PB], pure: true },
  protocols: {
    imports: ["core", "proto", "regex", "policy"],
    types: ["o11y"],
    packages: [PB],
    pure: true,
  },
  analysis: { imports: ["core", "policy"], types: ["protocols"], packages: [], pure: true },
  yaml: { imports: ["core"], packages: ["yaml", ...RUNTIME] },
  system: { imports: ["core"], packages: RUNTIME },
  re2: { imports: ["core", "regex"], packages: ["re2-wasm", ...RUNTIME] },
  o11y: { imports: ["core", "system"], types: ["policy"], packages: RUNTIME },
  config: { imports: ["core", "system", "yaml"], types: ["policy"], packages: ["zod", ...RUNTIME] },
  providers: {
    imports: ["core", "policy", "proto", "re2", "yaml", ...PLUMBING],
    packages: [PB, ...RUNTIME],
  },
  pipeline: { imports: PATH, packages: RUNTIME },
  upstream: { imports: [...PATH, "pipeline"], packages: RUNTIME },
  extensions: {
    imports: [...PATH, "pipeline", "upstream"],
    packages: ["aws4fetch", ...RUNTIME],
  },
  server: { imports: [...PATH, "pipeline", "upstream"], packages: ["hono", ...RUNTIME] },
  admin: { imports: [...PATH, "pipeline", "server", "providers", "analysis"], packages: RUNTIME },
  runtime: { imports: [...LIFE, "server", "admin", "analysis"], packages: RUNTIME },
  tail: { imports: [...LIFE, "server", "admin", "runtime"], packages: ["zod", ...RUNTIME] },
  lambda: { imports: [...LIFE, "runtime"], packages: ["zod", ...RUNTIME] },
  console: {
    imports: [...ENGINE, "regex", "re2", "yaml", "providers", "cli"],
    packages: ["preact", "uplot", "yaml"],
  },
  cli: {
    imports: [...LIFE, "regex", "server", "admin", "analysis", "runtime", "tail", "lambda"],
    packages: ["zod", "@opentelemetry/semantic-conventions", ...RUNTIME],
  },
};

const ALL_FILES = walk("", ["node_modules", ".git", "dist"], []).sort();
const CODE = ALL_FILES.filter((path) => /\.tsx?$/.test(path) && !isGenerated(path)).map(read);
const SOURCES = CODE.filter(({ path }) => path.startsWith("src/"));
const DOCUMENTS = ALL_FILES.filter((path) => /^(?:[A-Z]+\.md|docs\/.*\.md)$/.test(path)).map(read);

/** Folder of src that a file is in, or undefined for entry points and the library root. */
const folderOf = (path: string): string | undefined => /^src\/([^/]+)\//.exec(path)?.[1];

/** Why this import is not allowed, or undefined. */
function denied(from: string, layer: Layer, { specifier, typesOnly }: Import): string | undefined {
  if (!specifier.startsWith(".")) {
    return layer.packages.includes(packageOf(specifier)) ? undefined : `package ${specifier}`;
  }
  const target = normalize(join(dirname(from), specifier));
  if (!target.startsWith("src/")) return `${target}, which is outside src`;
  const folder = folderOf(target);
  if (folder === undefined) return `${target}, which is an entry point`;
  if (folder === folderOf(from) || layer.imports.includes(folder)) return undefined;
  if (typesOnly && layer.types?.includes(folder) === true) return undefined;
  return `${folder} (${specifier})${typesOnly ? "" : layer.types?.includes(folder) ? ", types only" : ""}`;
}

describe("layering", () => {
  test("every folder of src has a place in the layers", () => {
    const folders = new Set(SOURCES.flatMap(({ path }) => folderOf(path) ?? []));
    expect([...folders].filter((folder) => LAYERS[folder] === undefined)).toEqual([]);
  });

  test("what is on the way of a request knows no protocol, only what one is", () => {
    const onTheWay = ["pipeline", "upstream", "server", "admin", "runtime", "extensions"];
    const found = SOURCES.filter(({ path }) => onTheWay.includes(folderOf(path) ?? "")).flatMap(
      ({ path, text }) =>
        importsOf(text)
          .map(({ specifier }) => normalize(join(dirname(path), specifier)))
          .filter((target) => /^src\/protocols\/[^/]+\//.test(target))
          .map((target) => `${path} → ${target}`),
    );
    expect(found).toEqual([]);
  });

  test("no layer can reach itself through others", () => {
    const reach = (folder: string, seen: Set<string>): Set<string> => {
      for (const next of LAYERS[folder]!.imports) if (!seen.has(next)) reach(next, seen.add(next));
      return seen;
    };
    expect(Object.keys(LAYERS).filter((folder) => reach(folder, new Set()).has(folder))).toEqual(
      [],
    );
  });

  test("no file imports itself through others, not even as types", () => {
    expect(circlesOf(SOURCES)).toEqual([]);
  });

  test("the check of circles sees one, of types or of values, and no false one", () => {
    const files = [
      { path: "src/a/a.ts", text: 'import type { B } from "../b.ts";' },
      { path: "src/b.ts", text: 'import { c } from "./c.ts";\nimport { d } from "./d.ts";' },
      { path: "src/c.ts", text: 'const a = await import("./a/a.ts");' },
      { path: "src/d.ts", text: 'import { a } from "a";\n// import { b } from "./b.ts";' },
    ];
    expect(circlesOf(files)).toEqual([
      "src/a/a.ts → src/b.ts → src/c.ts → src/a/a.ts",
      "src/b.ts → src/c.ts → src/a/a.ts → src/b.ts",
      "src/c.ts → src/a/a.ts → src/b.ts → src/c.ts",
    ]);
  });

  test("files import only what their folder may import", () => {
    const found = SOURCES.flatMap(({ path, text }) => {
      const layer = LAYERS[folderOf(path) ?? ""];
      if (layer === undefined) return [];
      return importsOf(text).flatMap((one) => {
        const reason = denied(path, layer, one);
        return reason === undefined ? [] : [`${path} imports ${reason}`];
      });
    });
    expect(found).toEqual([]);
  });

  test("entry points import the table of distributions, types of the library, and folders of src", () => {
    const entries = SOURCES.filter(({ path }) => folderOf(path) === undefined);
    const found = entries.flatMap(({ text }) =>
      importsOf(text).filter(
        ({ specifier: one }) =>
          !/^\.\/(?:(?:distributions|index-types)\.ts|[a-z0-9]+\/.+)$/.test(one),
      ),
    );
    expect(found).toEqual([]);
  });

  test("the check sees each form of import", () => {
    const text = [
      'import { a } from "./a.ts";\nimport type {\n  B,\n} from "../b.ts";',
      'export * from "./c.ts";\nimport "./d.ts";\nconst e = await import("./e.ts");',
      '// import { f } from "./f.ts";\nimport g, { type H } from "node:g";',
    ].join("\n");
    const found = importsOf(text).map((one) => (one.typesOnly ? "type " : "") + one.specifier);
    expect(found.join(" ")).toBe("./a.ts type ../b.ts ./c.ts ./d.ts node:g ./e.ts");
  });
});

describe("exports", () => {
  test("are imported somewhere, and not by tests alone", () => {
    const doors = Object.values(
      (JSON.parse(read("package.json").text) as { exports: Record<string, string> }).exports,
    ).map((door) => normalize(door));
    expect(unusedExports(CODE, doors)).toEqual([]);
  });

  test("the check follows names through doors, and sees what is left over", () => {
    const files = [
      {
        path: "src/a.ts",
        text: "export const one = 1;\nexport type Two = 2;\nexport class Own {}",
      },
      { path: "src/b.ts", text: "export interface Shape {}\nexport function b(of: Shape) {}" },
      { path: "src/door.ts", text: 'export * from "./a.ts";\nexport { b as c } from "./b.ts";' },
      { path: "src/lazy.ts", text: "export const late = 1;\nexport const never = late;" },
      {
        path: "src/use.ts",
        text: 'import { one, c } from "./door.ts";\nimport("./lazy.ts").late;',
      },
      { path: "test/a.test.ts", text: 'import { Own } from "../src/door.ts";' },
    ];
    expect(unusedExports(files, [])).toEqual([
      "src/a.ts: nobody imports Two",
      "src/a.ts: only tests use Own",
      "src/lazy.ts: nobody imports never",
    ]);
    expect(unusedExports(files, ["src/a.ts", "src/lazy.ts"])).toEqual([]);
  });
});

describe("purity", () => {
  const impure =
    /\bBun\b|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.now\b|\bprocess\.|\bsetTimeout\b|\bcrypto\./;

  test("pure folders mention no runtime, clock or randomness", () => {
    const found = SOURCES.filter(({ path }) => LAYERS[folderOf(path) ?? ""]?.pure).flatMap(
      ({ path, text }) =>
        withoutComments(text)
          .split("\n")
          .flatMap((line, i) => (impure.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
    );
    expect(found).toEqual([]);
  });

  test("the check tells code from comments", () => {
    expect(impure.test(withoutComments("// Date.now()\n/* Bun */ const url = a.b;"))).toBe(false);
    expect(impure.test(withoutComments('const a = "https://x"; Date.now();'))).toBe(true);
  });
});

describe("suppressions of rules", () => {
  const suppression = /(?:ox|es)lint-[d]isable|@ts-(?:ignore|nocheck|expect-error)/;
  const isBare = (line: string): boolean => suppression.test(line) && !/ -- \S/.test(line);

  test("say why", () => {
    const found = CODE.flatMap(({ path, lines }) =>
      lines.flatMap((line, i) => (isBare(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
    );
    expect(found).toEqual([]);
  });

  test("the check sees those without a reason", () => {
    // Spelled in parts, so that this file passes its own check.
    const bare = ["// oxlint", "disable-next-line eqeqeq"].join("-");
    expect([isBare(bare), isBare(`${bare} -- why`), isBare("// lint")]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe("shape of files", () => {
  test(`a file has at most ${FILE_LINES_MAX} lines`, () => {
    const lengths = CODE.map(({ path, lines }) => [path, lines.length - 1] as const);
    expect(lengths.filter(([, length]) => length > FILE_LINES_MAX)).toEqual([]);
  });

  test(`a line has at most ${LINE_COLUMNS_MAX} columns, or is one string or pattern`, () => {
    // The formatter breaks everything but literals: what is left without them must be short.
    const literal =
      /"(?:[^"\\]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.)*'|\/(?![/*])(?:[^/\\]|\\.)+\/[a-z]*/g;
    const found = CODE.flatMap(({ path, lines }) =>
      lines.flatMap((line, i) => {
        if (line.length <= LINE_COLUMNS_MAX) return [];
        const isComment = /^\s*(?:\/\/|\/?\*)/.test(line);
        const rest = isComment ? line : line.replace(literal, "");
        return rest.length > LINE_COLUMNS_MAX || isComment ? [`${path}:${i + 1}`] : [];
      }),
    );
    expect(found).toEqual([]);
  });

  test(`a function has at most ${FUNCTION_LINES_MAX} lines`, () => {
    expect(longFunctions(["src", "scripts", "test/support"], FUNCTION_LINES_MAX)).toEqual([]);
  });

  test("the check of functions sees a long one", () => {
    const folder = mkdtempSync(join(tmpdir(), "tidy-"));
    const body = "  void 0;\n".repeat(FUNCTION_LINES_MAX - 1);
    writeFileSync(join(folder, "long.ts"), `export function long(): void {\n${body}}\n`);
    writeFileSync(
      join(folder, "short.ts"),
      `export function short(): void {\n${body.slice(10)}}\n`,
    );
    const found = longFunctions([folder], FUNCTION_LINES_MAX).map((line) =>
      line.replace(/^.*\//, ""),
    );
    rmSync(folder, { recursive: true });
    expect(found).toEqual([
      `long.ts:1 The function \`long\` has too many lines (${FUNCTION_LINES_MAX + 1}). Maximum allowed is ${FUNCTION_LINES_MAX}.`,
    ]);
  });

  test("a file opens with a comment", () => {
    const opening = /^(?:#!.*\n)?(?:\/\/ \S|\/\*\*? ?\S?)/;
    expect(CODE.filter(({ text }) => !opening.test(text)).map(({ path }) => path)).toEqual([]);
  });

  test("every folder directly under src has an index.ts, but core: its files stand for themselves", () => {
    const folders = new Set(SOURCES.flatMap(({ path }) => folderOf(path) ?? []));
    const missing = [...folders].filter((one) => !existsSync(join(ROOT, "src", one, "index.ts")));
    expect(missing).toEqual(["core"]);
  });

  test(`a folder holds at most ${FOLDER_FILES_MAX} files`, () => {
    const sizes = new Map<string, number>();
    for (const { path } of CODE) sizes.set(dirname(path), (sizes.get(dirname(path)) ?? 0) + 1);
    expect([...sizes].filter(([, size]) => size > FOLDER_FILES_MAX)).toEqual([]);
  });

  test("files are named in kebab-case", () => {
    const name = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|d))?\.tsx?$/;
    const found = CODE.filter(({ path }) => !name.test(path.split("/").at(-1)!));
    expect(found.map(({ path }) => path)).toEqual([]);
  });

  test("no folder is a drawer for leftovers", () => {
    const drawers = ["utils", "util", "helpers", "common", "misc", "lib"];
    const found = CODE.filter(({ path }) => path.split("/").some((part) => drawers.includes(part)));
    expect(found.map(({ path }) => path)).toEqual([]);
  });
});

describe("documents", () => {
  /** Paths from the project's root in back quotes, and relative targets of links. */
  function namedPaths({ path, text }: SourceFile): string[] {
    const prose = text.replace(/^```[\s\S]*?^```/gm, "");
    const quoted = [
      ...prose.matchAll(/`((?:src|test|scripts|docs|schema|examples|\.ci)\/[^`\s*<{]*)`/g),
    ];
    const links = [...prose.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)];
    return [
      ...quoted.map(([, target]) => target!),
      ...links.map(([, target]) => normalize(join(dirname(path), target!))),
    ];
  }

  test("there are documents, and they name files and folders", () => {
    const paths = DOCUMENTS.map(({ path }) => path);
    expect(paths).toContain("README.md");
    expect(paths).toContain("ARCHITECTURE.md");
    expect(DOCUMENTS.flatMap(namedPaths).length).toBeGreaterThan(10);
  });

  test("documents name only files and folders that exist", () => {
    const missing = DOCUMENTS.flatMap((document) =>
      namedPaths(document)
        .filter((target) => !existsSync(join(ROOT, target)))
        .map((target) => `${document.path}: ${target}`),
    );
    expect(missing).toEqual([]);
  });

  test("no file speaks of how or where it was made", () => {
    // Spelled in two parts, so that this file passes its own check.
    const words = [
      ["sub", "agent"],
      ["helper", "-"],
      ["/wor", "k/"],
      ["issue ", "#"],
      ["npm", "js.org"],
      ["npm", "js.com"],
      ["arti", "factory"],
    ].map((parts) => parts.join(""));
    // The lock file has names of packages; that it names no host is looked at by itself.
    const isText = (path: string) => !/\.(?:gz|zst|png)$|^bun\.lock$/.test(path);
    const text = ALL_FILES.filter((path) => !isGenerated(path) && isText(path));
    const found = text.map(read).flatMap(({ path, lines }) =>
      lines.flatMap((line, i) => {
        const word = words.find((one) => line.toLowerCase().includes(one));
        return word === undefined ? [] : [`${path}:${i + 1}: ${word}`];
      }),
    );
    expect(found).toEqual([]);
  });
});
