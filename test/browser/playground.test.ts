// The playground in Chromium, opened from disk: policies and records are pasted, and judged without
// any server.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundleConsole } from "../../src/admin/console/bundle.ts";
import { playgroundDocument } from "../../src/admin/console/documents.ts";
import { closeBrowser, RUNS, Tab, WHY_NOT } from "./console-edge.ts";

const DATADOG = '[{"message":"GET /health","status":"info","ddsource":"nginx"}]';
const LOKI =
  '{"streams":[{"stream":{"app":"web"},"values":[["1780000000000000000","GET /health"]]}]}';

describe.skipIf(!RUNS)(`the playground${WHY_NOT}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "edge-playground-"));
  const url = pathToFileURL(join(folder, "playground.html")).href;
  beforeAll(async () => {
    await Bun.write(join(folder, "playground.html"), playgroundDocument(await bundleConsole()));
  });
  afterAll(async () => {
    await closeBrowser();
    rmSync(folder, { recursive: true });
  });

  const policies = (tab: Tab) => tab.page.getByLabel("Policies, in YAML or JSON");
  const records = (tab: Tab) => tab.page.getByLabel(/^Records:/);

  test("begins with an example, and its verdicts", async () => {
    await using tab = await Tab.open(url);
    const outcomes = tab.page.locator("button.outcome");
    await outcomes.nth(2).waitFor();
    expect(await outcomes.allInnerTexts()).toEqual([
      "drop\nINFO\nGET /health 200 in 1 ms",
      "keep\nERROR\nGET /health 503 in 2 ms",
      "edit\nINFO\norder 4711 of anna.smith@example.com was paid",
    ]);
    await outcomes.nth(2).click();
    await tab.page.locator(".edits ins", { hasText: "order 4711 of [MAIL] was paid" }).waitFor();
    await tab.shot("playground");
    expect(tab.faults).toEqual([]);
  });

  const FORMS: readonly (readonly [what: string, records: string])[] = [
    ["Datadog logs", DATADOG],
    ["a Loki push", LOKI],
    ["plain lines, as bodies of logs", "GET /health"],
  ];
  for (const [what, text] of FORMS) {
    test(`reads ${what}`, async () => {
      await using tab = await Tab.open(url);
      await records(tab).fill(text);
      await tab.page.getByText(`Read as ${what}.`).waitFor();
      const outcomes = await tab.page.locator("button.outcome").allInnerTexts();
      expect(outcomes.map((outcome) => outcome.replace("info\n", ""))).toEqual([
        "drop\nGET /health",
      ]);
    });
  }

  test("reads an exposition by policies for metrics", async () => {
    await using tab = await Tab.open(url);
    await policies(tab).fill(
      "id: go\nname: Go\nmetric:\n  match: [{metric_field: name, starts_with: go_}]\n  keep: false",
    );
    await records(tab).fill("# TYPE go_threads gauge\ngo_threads 8\nup 1\n");
    await tab.page.getByText("Read as a Prometheus exposition.").waitFor();
    const outcomes = tab.page.locator("button.outcome");
    expect((await outcomes.allInnerTexts()).map((text) => text.split("\n")[0])).toEqual([
      "drop",
      "keep",
    ]);
  });

  test("says where a mistake is, and goes there", async () => {
    await using tab = await Tab.open(url);
    await policies(tab).fill("policies:\n  - id: a\n    name: A\n    log: {mtch: []}\n");
    const fault = tab.page.getByRole("button", { name: "Line 4" }).first();
    await fault.click();
    const at = await tab.page.evaluate<number>(
      'document.querySelector("#policies").selectionStart',
    );
    expect(at).toBeGreaterThan("policies:\n  - id: a\n    name: A\n".length - 1);
    await tab.shot("playground-mistake");
    expect(tab.faults).toEqual([]);
  });

  test("says which patterns it could not hold against RE2", async () => {
    await using tab = await Tab.open(url);
    await policies(tab).fill(
      "id: a\nname: A\nlog: {match: [{log_field: body, regex: '\\pL+x'}], keep: none}",
    );
    await tab.page.getByText("Not held against RE2 here").waitFor();
    await policies(tab).fill(
      "id: a\nname: A\nlog: {match: [{log_field: body, regex: 'a(?=b)'}], keep: none}",
    );
    await tab.page.getByText(/0 policies work; 1 problem/).waitFor();
  });

  test("asks for nothing but itself, and may not", async () => {
    await using tab = await Tab.open(url);
    await tab.page.locator("button.outcome").first().waitFor();
    expect(tab.urls).toEqual([url]);
    const isRefused = await tab.page.evaluate<boolean>(
      'fetch("http://127.0.0.1:9/").then(() => false, () => true)',
    );
    expect(isRefused).toBe(true);
  });

  for (const scheme of ["light", "dark"] as const) {
    test(`axe finds nothing serious in it, ${scheme}`, async () => {
      await using tab = await Tab.open(url, scheme);
      await tab.page.locator("button.outcome").first().click();
      await tab.page.getByRole("heading", { name: "What it holds" }).waitFor();
      expect(await tab.seriousFaults()).toEqual([]);
    });
  }
});
