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
});
