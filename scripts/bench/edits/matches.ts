// What one match of a regex costs, found and replaced, in texts that are full of matches and in
// texts that have few: nanoseconds, of the best of many turns.

import path from "node:path";
import type { Report } from "../report/report.ts";

const HERE = path.resolve(import.meta.dir, "../../..");
const TURNS = 3000;
const TEXT_BYTES = 10_000;

const CASES = [
  { title: "numbers, nothing else", regex: "[0-9]{2,}", to: "<N>", piece: "12 3456 ", matches: 2 },
  {
    title: "numbers in words",
    regex: "[0-9]{2,}",
    to: "<N>",
    piece: "Session 9486 refreshed, expires in 943s ",
    matches: 2,
  },
  {
    title: "addresses",
    regex: String.raw`\b\d{1,3}(\.\d{1,3}){3}\b`,
    to: "<IP>",
    piece: "10.154.253.119 ",
    matches: 1,
  },
  {
    title: "e-mail addresses",
    regex: String.raw`[\w.+-]+@[\w-]+\.[\w.]+`,
    to: "<MAIL>",
    piece: "joe.doe@example.com ",
    matches: 1,
  },
  {
    title: "with a group that stays",
    regex: String.raw`(password|token)=\S+`,
    to: "$1=***",
    piece: "token=abc123 x ",
    matches: 1,
  },
  {
    title: "the same, in a line of words",
    regex: String.raw`(password|token)=\S+`,
    to: "$1=***",
    piece: "GET /api/v1/orders took 12 ms for a user with token=abc123 and some more words ",
    matches: 1,
  },
] as const;

/** `against`: another checkout, which takes its turns, too. */
export async function runMatches(report: Report, against: string | undefined): Promise<void> {
  const folders = against === undefined ? [HERE] : [HERE, path.resolve(against)];
  const checkouts = await Promise.all(folders.map(load));
  const table = report.table("a regex redacts", {
    "bytes a match": "",
    "a match": "ns",
    against: "ns",
  });
  for (const { title, regex, to, piece, matches } of CASES) {
    const copies = Math.floor(TEXT_BYTES / piece.length);
    const text = new TextEncoder().encode(piece.repeat(copies));
    const works = checkouts.map((checkout) => checkout(regex, to, text));
    const best = works.map(() => Number.POSITIVE_INFINITY);
    for (let turn = 0; turn < report.amount(TURNS, 20); turn++) {
      for (const [i, work] of works.entries()) {
        const start = performance.now();
        work();
        best[i] = Math.min(best[i] ?? 0, performance.now() - start);
      }
    }
    const [own, other] = best.map((ms) => (ms * 1e6) / (copies * matches));
    const bytes = Math.round(piece.length / matches);
    table.row(title, { "bytes a match": bytes, "a match": own, against: other });
  }
}

type Checkout = (pattern: string, to: string, text: Uint8Array) => () => void;

async function load(folder: string): Promise<Checkout> {
  const { Replacer } = (await import(
    `${folder}/src/policy/transform/replace.ts`
  )) as typeof import("../../../src/policy/transform/replace.ts");
  const { parseTemplate } = (await import(
    `${folder}/src/policy/transform/template.ts`
  )) as typeof import("../../../src/policy/transform/template.ts");
  const { compileRegex, unmetered } = (await import(
    `${folder}/src/regex/index.ts`
  )) as typeof import("../../../src/regex/index.ts");
  return (pattern, to, text) => {
    const regex = compileRegex(pattern, { caseInsensitive: false });
    const replacer = new Replacer(regex, parseTemplate(to, regex.groupNames));
    const meter = unmetered();
    return () => {
      meter.begin();
      replacer.run(text, 0, text.length, meter);
    };
  };
}
