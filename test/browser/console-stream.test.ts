// The console's view of what is in the stream: patterns, and policies that are proposed from them.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { closeBrowser, ConsoleEdge, RUNS, Tab, WHY_NOT } from "./console-edge.ts";

const BUILD_TIMEOUT_MS = 120_000;
const SUGGESTIONS = {
  currency: "EUR",
  suggestions: [
    {
      id: "suggest-checkout-debug",
      signal: "log",
      reason: "DEBUG health checks of checkout: 31 % of bytes, 0 errors in 10 minutes",
      saving: {
        records_per_second: 331.9,
        bytes_per_second: 23_236.5,
        share_bytes: 0.311,
        money_per_day: 0.2,
      },
      examples: ["GET /health <*> in <*>"],
      yaml: "policies:\n  - id: suggest-checkout-debug\n",
    },
  ],
} as const;

describe.skipIf(!RUNS)(`the view of the stream${WHY_NOT}`, () => {
  let edge: ConsoleEdge;
  beforeAll(async () => {
    edge = await ConsoleEdge.start();
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await edge?.[Symbol.asyncDispose]();
    await closeBrowser();
  });

  const open = async (view = ""): Promise<Tab> => {
    const tab = await Tab.open(`${edge.url}/_edge/${view}`);
    await tab.signIn();
    return tab;
  };

  test("analyses the stream at a click, for a bounded time, and shows its top patterns", async () => {
    await edge.ask("switches?taps=off&payloads=off", { method: "POST" });
    await using tab = await open("#/stream");
    const { page } = tab;
    await page.getByText("Patterns are shown while payloads are.").waitFor();
    await page.getByRole("button", { name: "Switch on for 10 minutes" }).click();
    await page.getByRole("button", { name: "Analyse for 10 minutes" }).click();
    const patterns = page.getByRole("region", { name: "Patterns of logs" });
    const row = patterns.getByRole("row", { name: /order <\*> of \[MAIL\] was paid/ }).first();
    await row.waitFor();
    expect(await row.innerText()).toMatch(
      /\s+(?:cart|checkout|payments|search)\s+INFO\s+[\d.]+\/s\s+[\d.]+ K?i?B\/s\s+[\d.]+ %/,
    );
    await tab.shot("stream");
    expect(await tab.seriousFaults()).toEqual([]);
    // Proposals come once enough was seen.
    await page.getByRole("link", { name: "Try it" }).first().waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByRole("button", { name: "Analyse for 10 minutes" }).waitFor();
    expect(tab.faults).toEqual([]);
  });

  test("a policy that Edge proposes is tried at a click", async () => {
    await edge.ask("switches?taps=on&payloads=on", { method: "POST" });
    await edge.ask("analysis?seconds=60", { method: "POST" });
    await using tab = await open();
    const { page } = tab;
    // What is proposed depends on the time that was looked at: the page's document is given.
    await page.route("**/_edge/suggestions?*", (route) => route.fulfill({ json: SUGGESTIONS }));
    await page.getByRole("link", { name: "Stream" }).click();
    await page.getByText(SUGGESTIONS.suggestions[0].reason).waitFor();
    await page.getByText("Saves 22.7 KiB/s, 31.1 % of bytes, 0.20 EUR a day").waitFor();
    expect(await tab.seriousFaults()).toEqual([]);
    await page.getByRole("link", { name: "Try it" }).click();
    const editor = page.getByLabel("Policies, in YAML or JSON");
    expect(await editor.inputValue()).toBe(SUGGESTIONS.suggestions[0].yaml);
    expect(tab.faults).toEqual([]);
  });
});
