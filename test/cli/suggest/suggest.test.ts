// `suggest --from`: its policies decode, lint clean, save what they say when they are replayed, and
// leave alone what must not go.

import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { SuggestionsDocument } from "../../../src/analysis/index.ts";
import { CommandFolder } from "../../support/terminal.ts";
import { LINES, logCapture, metricCapture, spanCapture } from "./capture.ts";

const FILES = {
  "logs.jsonl": logCapture(6000),
  "spans.jsonl": spanCapture(4000),
  "metrics.jsonl": metricCapture(3000),
  "cost.json": '{"cost": {"per_gb": 1000, "currency": "EUR"}}',
};

async function suggested(
  folder: CommandFolder,
  ...args: readonly string[]
): Promise<SuggestionsDocument> {
  const { out, err, code } = await folder.inPipe(["suggest", "--json", ...args]);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as SuggestionsDocument;
}

function write(folder: CommandFolder, name: string, text: string): void {
  writeFileSync(join(folder.path, name), text);
}

interface Replayed {
  readonly changes: Readonly<
    Record<
      string,
      {
        readonly byPolicy: Readonly<Record<string, { readonly bytes: number }>>;
        readonly bySeverity: Readonly<Record<string, number>>;
      }
    >
  >;
}

/** For some commands, one after the other, on a busy machine. */
const COMMANDS_MS = 120_000;

describe("proposals for a capture", () => {
  const captures = ["logs.jsonl", "spans.jsonl", "metrics.jsonl"];

  for (const capture of captures) {
    test(
      `of ${capture} each save what they say, within the stated error`,
      async () => {
        using folder = new CommandFolder(FILES);
        const { suggestions } = await suggested(folder, "--from", capture);
        expect(suggestions.length).toBeGreaterThan(0);
        const policies = suggestions.map(({ policy }) => policy);
        write(folder, "all.json", JSON.stringify({ policies }));
        expect((await folder.inPipe(["lint", "all.json"])).code).toBe(0);
        const replayed = await folder.inPipe(["replay", "-p", "all.json", capture, "--json"]);
        const { changes } = JSON.parse(replayed.out) as Replayed;
        for (const { policy, saving, yaml } of suggestions) {
          expect(parse(yaml)).toEqual({ policies: [policy] });
          const { bytes = 0 } = changes["newly-dropped"]?.byPolicy[policy.id] ?? {};
          const isWithin = Math.abs(bytes - saving.bytes) <= Math.ceil(saving.error * saving.bytes);
          expect([policy.id, bytes > 0, isWithin]).toEqual([policy.id, true, true]);
        }
      },
      COMMANDS_MS,
    );
  }

  test(
    "drop no log of WARN and above, and no span with an error",
    async () => {
      using folder = new CommandFolder(FILES);
      const { suggestions } = await suggested(
        folder,
        ...captures.flatMap((one) => ["--from", one]),
      );
      write(
        folder,
        "p.json",
        JSON.stringify({ policies: suggestions.map(({ policy }) => policy) }),
      );
      const logs = (await folder.inPipe(["replay", "-p", "p.json", "logs.jsonl", "--json"])).out;
      const { changes } = JSON.parse(logs) as Replayed;
      const severities = Object.keys(changes["newly-dropped"]?.bySeverity ?? {});
      expect(severities.toSorted((a, b) => a.localeCompare(b))).toEqual(["debug", "info"]);
      const matchers = suggestions.flatMap(({ policy }) => policy.trace?.match ?? []);
      expect(matchers.filter(({ span_status: status }) => status === "error")).toEqual(
        suggestions
          .filter(({ signal }) => signal === "trace")
          .map(() => ({ span_status: "error", negate: true })),
      );
    },
    COMMANDS_MS,
  );

  test(
    "say why, the ones that save most first, in money where there are prices",
    async () => {
      using folder = new CommandFolder(FILES);
      const args = ["--from", "logs.jsonl", "--config", "cost.json"];
      const { suggestions, currency, seconds } = await suggested(folder, ...args);
      expect(currency).toBe("EUR");
      expect(Math.round(seconds / 10)).toBe(60);
      expect(suggestions.map(({ reason }) => reason.replace(/\d+(?=[. %])[^,]*%/, "N %"))).toEqual([
        "DEBUG logs of `checkout`: N % of bytes in 10 minutes",
        "INFO pattern of `checkout`: N % of bytes, 0 errors in 10 minutes",
        "INFO pattern of `cart`: N % of bytes, 0 errors in 10 minutes",
        "INFO health checks of `cart`: N % of bytes, 0 errors in 10 minutes",
      ]);
      for (const { saving } of suggestions) expect(saving.money_per_day).toBeGreaterThan(0);
      const bytes = suggestions.map(({ saving }) => saving.bytes);
      expect(bytes.toSorted((a, b) => b - a)).toEqual(bytes);
    },
    COMMANDS_MS,
  );

  test(
    "of logs of WARN and above come when they are asked for",
    async () => {
      using folder = new CommandFolder(FILES);
      const { suggestions } = await suggested(folder, "--from", "logs.jsonl", "--errors");
      const examples = suggestions.flatMap((one) => one.examples);
      expect(examples).toContain("order <*> placed late, queue has <*> entries");
    },
    COMMANDS_MS,
  );

  test(
    "hold none of the values that lines had",
    async () => {
      using folder = new CommandFolder({ "c.jsonl": logCapture(500, LINES) });
      const { out } = await folder.inPipe(["suggest", "--from", "c.jsonl", "--errors"]);
      const values = new Set(logCapture(500, LINES).match(/\b[0-9a-f]{6,8}\b/g) ?? []);
      expect(values.size).toBeGreaterThan(100);
      const texts = out.replace(/suggest-\S+/g, "");
      expect([...values].filter((value) => texts.includes(value))).toEqual([]);
    },
    COMMANDS_MS,
  );

  test(
    "without anything to propose are an empty policy file that is fine",
    async () => {
      using folder = new CommandFolder({ "c.jsonl": metricCapture(3) });
      const { out, code } = await folder.inPipe(["suggest", "--from", "c.jsonl"]);
      expect([code, out]).toEqual([
        0,
        "# Nothing that was seen is much of it, and can go.\npolicies: []\n",
      ]);
    },
    COMMANDS_MS,
  );

  test(
    "print as a policy file with comments",
    async () => {
      using folder = new CommandFolder(FILES);
      const { out } = await folder.inPipe(["suggest", "--from", "logs.jsonl"]);
      write(folder, "p.yaml", out);
      expect((await folder.inPipe(["lint", "p.yaml"])).code).toBe(0);
      expect(out).toMatch(
        /^policies:\n {2}# DEBUG logs of `checkout`: \d+ % of bytes in 10 minutes\n/,
      );
      expect(out).toContain("  # as in: GET /health <*> in <*>\n");
    },
    COMMANDS_MS,
  );
});

test(
  "a capture that is not there is told of",
  async () => {
    using folder = new CommandFolder({});
    const { code, err } = await folder.inPipe(["suggest", "--from", "none.jsonl"]);
    expect([code, err]).toEqual([78, "none.jsonl: no such file\n"]);
  },
  COMMANDS_MS,
);

describe("an option that would have no use is refused", () => {
  test.each([
    [
      "--url beside --from",
      ["--from", "logs.jsonl", "--url", "127.0.0.1:1"],
      "--url stands beside",
    ],
    ["--config without --from", ["--config", "cost.json"], "--config is for --from"],
  ])("%s", async (_what, args, message) => {
    using folder = new CommandFolder(FILES);
    const { out, err, code } = await folder.inPipe(["suggest", ...args]);
    expect([code, out, err.includes(message)]).toEqual([64, "", true]);
  });
});
