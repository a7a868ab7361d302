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
  ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`),
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

describe("an example in JSON", () => {
  const validateRegex = createRegexValidator();
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
      const set = decodePolicySet("id" in tree ? { policies: [tree] } : tree, AUTHORING);
      expect(set.errors).toEqual([]);
      const faults = set.policies.map((one) => [
        ...policyErrors(one, validateRegex),
        ...policyWarnings(one),
      ]);
      expect(faults).toEqual(set.policies.map(() => []));
      return;
    }
    const { warnings } = loadConfig({
      defaultPath: "",
      path: "/etc/edge/config.json",
      env: { EDGE_ADMIN_TOKEN: "token", TERO_API_KEY: "key" },
      readFile: () => new TextEncoder().encode(text),
    });
    expect(warnings.filter((one) => !/upstream_url|TERO_API_KEY/.test(one))).toEqual([]);
  });
});
