// What documents show can be used as it is: each JSON example is a configuration or a set of
// policies without problems, and each link to a heading leads to one.

import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, resolve } from "node:path";
import { loadConfig } from "../src/config/index.ts";
import { AUTHORING, decodePolicySet, policyErrors } from "../src/policy/decode/index.ts";
import { policyWarnings } from "../src/policy/warnings.ts";
import { createRegexValidator } from "../src/re2/index.ts";

const ROOT = resolve(import.meta.dir, "..");
const PATHS = [
  ...readdirSync(ROOT).filter((name) => /^[A-Z]+\.md$/.test(name)),
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const FENCE = /^```(\w*)\n([\s\S]*?)^```/gm;

/** Anchors that a page's headings get, as GitHub makes them. */
function anchorsOf(path: string): string[] {
  const headings = read(path)
    .replace(FENCE, "")
    .matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

test("links to a heading lead to one", () => {
  let links = 0;
  const dead = PATHS.flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)].flatMap(
      ([, target, anchor]) => {
        links++;
        const page = target === "" ? path : normalize(join(dirname(path), target!));
        const isThere = existsSync(join(ROOT, page)) && anchorsOf(page).includes(anchor!);
        return isThere ? [] : [`${path}: ${target}#${anchor}`];
      },
    ),
  );
  expect(dead).toEqual([]);
  expect(links).toBeGreaterThan(20);
});

/** Pages whose commands a test plays, word for word: their tests are beside them. */
const PLAYED: Readonly<Record<string, string>> = {
  "docs/budgets.md": "test/e2e/pages.test.ts",
  "docs/howto-why-did-it-vanish.md": "test/cli/howto.test.ts",
  "docs/library.md": "test/library",
  "docs/tail.md": "test/e2e/tail/docs.test.ts",
  "docs/tutorial.md": "test/e2e/pages.test.ts",
  "README.md": "test/e2e/readme.test.ts",
};
/** Before a block, or at the head of a page for all of it. */
const MARK = /<!-- not run(?: on this page)?: [^>]{8,} -->/;
const COMMANDS = new Set(["sh", "console", "ts"]);

/** Blocks of a page that do not say why they are not run. */
function unmarkedBlocks(path: string): { place: string; language: string; text: string }[] {
  const page = read(path);
  if (/<!-- not run on this page: [^>]{8,} -->/.test(page)) return [];
  return [...page.matchAll(FENCE)]
    .filter(({ index }) => !MARK.test(page.slice(0, index).trimEnd().split("\n").at(-1) ?? ""))
    .map(({ 1: language = "", 2: text = "", index }) => ({
      place: `${path}:${page.slice(0, index).split("\n").length}`,
      language,
      text,
    }));
}

test("every command of a page is played by a test, or marked with the reason why not", () => {
  for (const played of Object.values(PLAYED))
    expect([played, existsSync(join(ROOT, played))]).toEqual([played, true]);
  const unmarked = PATHS.filter((path) => !(path in PLAYED)).flatMap((path) =>
    unmarkedBlocks(path)
      .filter(({ language }) => COMMANDS.has(language))
      .map(({ place }) => place),
  );
  expect(unmarked).toEqual([]);
});

const validateRegex = createRegexValidator();

function expectPolicies(tree: unknown): void {
  const set = decodePolicySet(tree, AUTHORING);
  expect(set.errors).toEqual([]);
  const faults = set.policies.map((one) => [
    ...policyErrors(one, validateRegex),
    ...policyWarnings(one),
  ]);
  expect(faults).toEqual(set.policies.map(() => []));
  expect(set.policies).not.toEqual([]);
}

test("links to files lead to some", () => {
  let links = 0;
  const dead = PATHS.flatMap((path) =>
    [
      ...read(path)
        .replace(FENCE, "")
        .matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g),
    ].flatMap(([, target]) => {
      links++;
      return existsSync(join(ROOT, dirname(path), target!)) ? [] : [`${path}: ${target}`];
    }),
  );
  expect(dead).toEqual([]);
  expect(links).toBeGreaterThan(100);
});

describe("an example in YAML", () => {
  const examples = PATHS.filter((path) => !(path in PLAYED)).flatMap((path) =>
    unmarkedBlocks(path).filter(({ language }) => language === "yaml"),
  );

  test.each(examples)("is policies without problems: $place", ({ text }) => {
    const tree = Bun.YAML.parse(text) as Record<string, unknown>;
    // A page may show the part of a policy that it is about.
    const isWhole = "policies" in tree;
    expectPolicies(isWhole ? tree : { policies: [{ id: "shown", name: "Shown", ...tree }] });
  });
});

describe("an example in JSON", () => {
  const examples = PATHS.flatMap((path) => {
    const text = read(path);
    return (
      [...text.matchAll(FENCE)]
        .filter(([, language]) => language === "json")
        // What a program printed is several documents.
        .filter(([, , body]) => !body!.includes("}\n{"))
        // A request is neither policies nor a configuration.
        .filter(([, , body]) => !body!.includes('"resourceLogs"'))
        .map(({ 2: body, index }) => ({
          place: `${path}:${text.slice(0, index).split("\n").length}`,
          text: body!,
        }))
    );
  });

  test("is found in the documents", () => {
    expect(examples.length).toBeGreaterThan(8);
  });

  test.each(examples)("is without problems: $place", ({ text }) => {
    const tree = JSON.parse(text) as Record<string, unknown>;
    if ("id" in tree || "policies" in tree) {
      expectPolicies("id" in tree ? { policies: [tree] } : tree);
      return;
    }
    const { warnings } = loadConfig({
      defaultPath: "",
      path: "/etc/edge/config.json",
      env: { EDGE_ADMIN_TOKEN: "token", TERO_API_KEY: "key", REDIS_PASSWORD: "password" },
      readFile: () => new TextEncoder().encode(text),
    });
    expect(warnings.filter((one) => !/upstream_url|TERO_API_KEY/.test(one))).toEqual([]);
  });
});
