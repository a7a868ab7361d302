// The console where something fails, or where there is nothing to show yet.

import { afterAll, describe, expect, test } from "bun:test";
import { closeBrowser, ConsoleEdge, RUNS, Tab, WHY_NOT } from "./console-edge.ts";

const BUILD_TIMEOUT_MS = 120_000;

describe.skipIf(!RUNS)(`the console${WHY_NOT}`, () => {
  afterAll(closeBrowser);

  test(
    "an upstream that refuses is told on the first screen, and an edge that is gone",
    async () => {
      const edge = await ConsoleEdge.start({ upstreamStatus: 503 });
      try {
        await using tab = await Tab.open(`${edge.url}/_edge/`);
        await tab.signIn();
        const { page } = tab;
        await page.getByText(/requests that upstreams refused/).waitFor();
        await page.getByText(/lost on the way upstream/).waitFor();
        await page.getByText(/5xx: [\d,]+/).waitFor();
        await page.locator(".tile.bad", { hasText: "Health" }).waitFor();
        await tab.shot("failing");
        await edge[Symbol.asyncDispose]();
        await page.getByText("Edge does not answer. Looking again…").waitFor();
        await tab.shot("gone");
        expect(tab.faults).toEqual([]);
      } finally {
        await edge[Symbol.asyncDispose]();
      }
    },
    BUILD_TIMEOUT_MS,
  );

  test(
    "without load, each view says that there is nothing yet",
    async () => {
      await using edge = await ConsoleEdge.start({ hasLoad: false });
      await using tab = await Tab.open(`${edge.url}/_edge/`);
      await tab.signIn();
      const { page } = tab;
      await page.getByText("No policy has dropped anything yet.").waitFor();
      await tab.shot("empty");
      await page.getByRole("link", { name: "Live tap" }).click();
      await page.getByText("No tap is open. While none is open it costs nothing.").waitFor();
      expect(tab.faults).toEqual([]);
    },
    BUILD_TIMEOUT_MS,
  );

  test(
    "budgets are told with what they have spent, cut and will have, those in trouble first",
    async () => {
      const all = [{ log_field: "body", regex: "." }];
      const budgets = [
        { name: "roomy", match: all, bytes_per_day: 1_000_000_000_000 },
        { name: "tight", match: all, bytes_per_day: 10_000, keep: "rare" },
        { name: "typo", match: [{ log_feld: "body", exists: true }], bytes_per_day: 1 },
      ];
      await using edge = await ConsoleEdge.start({ config: { budgets } });
      await using tab = await Tab.open(`${edge.url}/_edge/`);
      await tab.signIn();
      const { page } = tab;
      const shown = page.getByRole("region", { name: "Budgets" });
      await shown.getByText("cuts").waitFor();
      const names = await shown.getByRole("rowheader").allInnerTexts();
      expect(names).toEqual(["typo", "tight", "roomy"]);
      const cut = shown
        .getByRole("row", { name: /^tight/ })
        .getByRole("cell")
        .nth(2);
      expect(await cut.innerText()).toMatch(/^[1-9][\d.]* [KM]iB$/);
      const left = page.getByRole("region", { name: "What is dropped, and by whom" });
      await left.getByRole("link", { name: "Budget tight" }).waitFor();
      await shown.first().scrollIntoViewIfNeeded();
      await tab.shot("budgets");
      expect(await tab.seriousFaults()).toEqual([]);
      expect(tab.faults).toEqual([]);
    },
    BUILD_TIMEOUT_MS,
  );
});
