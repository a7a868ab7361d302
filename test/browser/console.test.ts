// The console in Chromium, in front of a compiled edge under load: who gets in, what it shows, what
// it asks for. `bun run test:browser` runs it and leaves pictures in dist/console.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { closeBrowser, ConsoleEdge, RUNS, Tab, TOKEN, WHY_NOT } from "./console-edge.ts";

const BUILD_TIMEOUT_MS = 120_000;

describe.skipIf(!RUNS)(`the console${WHY_NOT}`, () => {
  let edge: ConsoleEdge;
  beforeAll(async () => {
    edge = await ConsoleEdge.start({ config: { cost: { per_gb: 0.5, currency: "EUR" } } });
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await edge?.[Symbol.asyncDispose]();
    await closeBrowser();
  });

  const open = async (view = "", scheme: "light" | "dark" = "light"): Promise<Tab> => {
    const tab = await Tab.open(`${edge.url}/_edge/${view}`, scheme);
    await tab.signIn();
    return tab;
  };

  test("lets in who knows the token, and keeps that in the tab alone", async () => {
    await using tab = await Tab.open(`${edge.url}/_edge/`);
    const { page } = tab;
    await page.getByLabel("Token").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    const refusal = "That is not the token that Edge was configured with.";
    expect(await page.getByRole("alert").filter({ hasText: refusal }).innerText()).toBe(refusal);
    await tab.shot("sign-in");
    await tab.signIn();
    const kept = await page.evaluate(`({
      session: Object.values(sessionStorage),
      local: Object.values(localStorage),
      cookies: document.cookie,
      address: location.href,
    })`);
    expect(kept).toEqual({
      session: [TOKEN],
      local: ["auto"],
      cookies: "",
      address: `${edge.url}/_edge/`,
    });
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Token").waitFor();
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
    expect(tab.faults).toEqual([]);
  });

  test("a late answer to what was asked without the token does not sign anybody out", async () => {
    await using tab = await Tab.open("about:blank");
    const { page } = tab;
    let release = (): void => undefined;
    const signedIn = new Promise<void>((resolve) => (release = resolve));
    await page.route("**/_edge/policies?*", async (route) => {
      if (route.request().headers()["authorization"] === undefined) await signedIn;
      await route.continue();
    });
    const answered = (path: string, status: number) =>
      page.waitForResponse((one) => one.url().includes(path) && one.status() === status);
    const late = answered("/policies?", 401);
    await page.goto(`${edge.url}/_edge/`);
    await tab.signIn();
    release();
    await late;
    await answered("/status?", 200);
    expect(await page.getByLabel("Token").count()).toBe(0);
  });

  test("says on its first screen what passes, what is saved, what is dropped and by whom", async () => {
    await using tab = await open();
    const { page } = tab;
    const tile = (name: string) => page.locator(".tile", { hasText: name }).locator(".value");
    await page.getByRole("img", { name: /^Bytes of records: [\d.]+ KiB\/s in, / }).waitFor();
    await page.getByRole("img", { name: /^Records: [\d,]+\/s in, [\d,]+\/s left out$/ }).waitFor();
    expect(await tile("Throughput").innerText()).toMatch(/^[\d.]+ KiB\/s$/);
    expect(await tile("Saved").innerText()).toMatch(/^[1-9][\d.]* %$/);
    expect(await tile("Health").innerText()).toBe("1 problem");
    const dropped = page.getByRole("region", { name: "What is dropped, and by whom" });
    for (const name of ["Drop health checks", "Keep a tenth of cache hits", "Half of the spans"]) {
      await dropped.getByRole("link", { name }).waitFor();
    }
    await page.getByText("1 policy has errors").waitFor();
    await tab.shot("overview");
    expect(tab.faults).toEqual([]);
  });

  test("tells savings by span of time, signal and service, in money where that is configured", async () => {
    await using tab = await open("#/overview");
    const { page } = tab;
    const saved = page.locator(".tile", { hasText: "Saved" });
    await saved.getByText(/ EUR$/).waitFor();
    await page.getByLabel("Over").selectOption("last minute");
    await page.locator(".tile", { hasText: "Saved, last minute" }).waitFor();
    const signals = page.getByRole("region", { name: "By signal" });
    expect(await signals.getByRole("row", { name: /^log/ }).innerText()).toMatch(
      /^log\s+[\d.]+ [KM]iB\s+[\d.]+ [KM]iB\s+[\d.]+ %\s+[\d.]+(?:e-\d+)?$/,
    );
    const services = page.getByRole("region", { name: "By service" });
    for (const service of ["checkout", "cart", "payments", "search"]) {
      const row = services.getByRole("row", { name: new RegExp(`^${service}`) });
      expect(await row.innerText()).toMatch(
        /^\w+\s+[\d.]+ [KM]iB\s+[\d.]+ [KM]iB\s+[\d.]+ %\s+[\d.]+(?:e-\d+)?$/,
      );
    }
    await services.first().scrollIntoViewIfNeeded();
    await tab.shot("services");
    const shown = (await edge.ask("savings?format=json").then((page) => page.json())) as {
      readonly policies: readonly { readonly id: string; readonly name: string }[];
    };
    const [most] = shown.policies;
    const dropped = page.getByRole("region", { name: "What is dropped, and by whom" });
    expect(await dropped.getByRole("rowheader").first().innerText()).toBe(most?.name ?? "");
    // Bytes that transforms take away are savings as well.
    await dropped.getByRole("link", { name: "Redact mail addresses" }).waitFor();
    expect(tab.faults).toEqual([]);
  });

  test("tells of each policy its hits, savings, mode and errors", async () => {
    await using tab = await open("#/policies");
    const { page } = tab;
    const row = page.getByRole("row", { name: /Drop health checks/ });
    expect(await row.innerText()).toMatch(
      /drop-health-checks\s+log\s+enforced\s+[\d,]+\s+0\s+[\d,]+\s+0\s+0\s+0\s+[\d.]+ [KM]?i?B\s+in force/,
    );
    const sampled = page.getByRole("row", { name: /Half of the spans/ });
    expect(await sampled.innerText()).toMatch(/\s[1-9][\d.]* [KM]iB\s+in force$/);
    await page.getByRole("link", { name: "A pattern with a slip" }).click();
    await page.getByText('log: match[0]: invalid regex "order (": missing ): order (').waitFor();
    await page.getByLabel("Search").fill("spans");
    await row.waitFor({ state: "detached" });
    await page.getByLabel("Search").fill("");
    await tab.shot("policies");
    expect(tab.faults).toEqual([]);
  });

  test("a policy in shadow shows what it would do: in its row, in the tap, when explained", async () => {
    await edge.ask("switches?taps=on&payloads=on", { method: "POST" });
    await using tab = await open("#/policies/try-retries");
    const { page } = tab;
    await page.getByRole("row", { name: /Drop retries, tried\s*try-retries log shadow/ }).waitFor();
    await page.getByText(/^Not enforced, it matched [1-9][\d,]* records and would have/).waitFor();
    await page.getByRole("link", { name: "See its records" }).click();
    await page.getByRole("button", { name: "Start" }).click();
    const row = page.locator("tr.pick", { hasText: "try-retries would drop" }).first();
    expect(await row.innerText()).toContain("kept");
    await row.click();
    await page.getByRole("heading", { name: "Not enforced" }).waitFor();
    await page
      .getByRole("listitem")
      .filter({ hasText: /^try-retries would drop/ })
      .waitFor();
    await tab.shot("shadow");
    expect(tab.faults).toEqual([]);
  });

  test("taps and payloads are off until they are switched on; then records pass, searched", async () => {
    await edge.ask("switches?taps=off&payloads=off", { method: "POST" });
    await using tab = await open("#/tap");
    const { page } = tab;
    await page.getByText("Taps are off, and payloads are hidden.").waitFor();
    await page.getByRole("button", { name: "Switch on for 10 minutes" }).click();
    await page.getByText(/^Switched on until/).waitFor();
    await page.getByLabel("Search").fill("was paid");
    await page.getByRole("button", { name: "Start" }).click();
    await page.locator("tr.pick").nth(9).waitFor();
    const texts = await page.locator("tr.pick td.text").allInnerTexts();
    expect(texts.filter((text) => !text.includes("was paid"))).toEqual([]);
    await page.getByLabel("Decision").selectOption("dropped");
    await page.getByLabel("Search").fill("");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.locator("tr.pick", { hasText: "dropped by drop-health-checks" }).first().waitFor();
    expect(tab.faults).toEqual([]);
  });

  test("a record that is clicked is explained", async () => {
    await edge.ask("switches?taps=on&payloads=on", { method: "POST" });
    await using tab = await open("#/tap/redact-mail");
    const { page } = tab;
    await page.getByRole("button", { name: "Start" }).click();
    await page.locator("tr.pick").nth(9).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.locator("tr.pick").nth(2).click();
    await page.getByText("decides: the only match, keep all.").waitFor();
    await page.getByText('body contains "@"').waitFor();
    expect(await page.locator(".edits ins").first().innerText()).toMatch(/\[MAIL\] was paid$/);
    await tab.shot("live-tap");
    expect(tab.faults).toEqual([]);
  });

  test("a policy that is edited shows at once what it would do to the passing records", async () => {
    await edge.ask("switches?taps=on&payloads=on", { method: "POST" });
    await using tab = await open("#/try/drop-health-checks");
    const { page } = tab;
    const editor = page.getByLabel("Policies, in YAML or JSON");
    // The policy in force has come, and is compiled.
    await page.getByText("1 policy works").waitFor();
    expect(await editor.inputValue()).toContain("starts_with: GET /health");
    await page.getByRole("button", { name: "Judge passing records" }).click();
    await page
      .getByRole("button", { name: /^drop.*GET \/health/ })
      .first()
      .waitFor();
    const yaml = await editor.inputValue();
    await editor.fill(yaml.replace("starts_with: GET /health", "contains: order"));
    await page
      .getByRole("button", { name: /^drop\s*now: edit.*was paid/ })
      .first()
      .waitFor();
    await tab.shot("try-a-policy");
    await editor.fill(yaml.replace("starts_with", "start_with"));
    await page.getByText(/^0 policies work; \d problem/).waitFor();
    await page
      .getByRole("button", { name: /^Line [67]$/ })
      .first()
      .waitFor();
    expect(tab.faults).toEqual([]);
  });

  test("the policy is copied as YAML", async () => {
    await using tab = await open("#/try");
    const { page } = tab;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const policy = {
      id: "a",
      name: "A",
      metric: { match: [{ metric_field: "name", exact: "m" }] },
    };
    const json = JSON.stringify({ policies: [policy] });
    await page.getByLabel("Policies, in YAML or JSON").fill(json);
    await page.getByRole("button", { name: "Copy YAML" }).click();
    await page.getByText("Copied").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(`policies:
  - id: a
    name: A
    metric:
      match:
        - metric_field: name
          exact: m
`);
  });

  test("asks this Edge alone, and nothing of records or tokens is ever in a URL", async () => {
    await edge.ask("switches?taps=on&payloads=on", { method: "POST" });
    await using tab = await open("#/tap");
    const { page } = tab;
    await page.getByLabel("Search").fill("ada.3@example");
    await page.getByRole("button", { name: "Start" }).click();
    await page.locator("tr.pick").first().click();
    await page.getByText("decides:").waitFor();
    await page.getByRole("link", { name: "Try a policy" }).click();
    await page.getByRole("button", { name: "Judge passing records" }).click();
    await page.locator("button.outcome").first().waitFor();
    expect(tab.urls.filter((url) => !url.startsWith(`${edge.url}/_edge/`))).toEqual([]);
    const telling = new RegExp(`ada|order|health|${TOKEN}`);
    expect(tab.urls.filter((url) => telling.test(url))).toEqual([]);
  });

  test("runs no script but its own, and makes no markup of texts", async () => {
    await using tab = await open();
    const blocked = await tab.page.evaluate<{
      readonly seen: readonly string[];
      readonly wasRun: boolean;
    }>(`(async () => {
      const seen = [];
      const told = new Promise((resolve) =>
        document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
          seen.push(effectiveDirective);
          if (effectiveDirective === "connect-src") resolve();
        }),
      );
      const attempt = (what, run) => {
        try {
          run();
        } catch {
          seen.push(what);
        }
      };
      attempt("script", () => {
        const script = document.createElement("script");
        script.textContent = "window.wasRun = true";
        document.body.append(script);
      });
      attempt("markup", () => document.body.insertAdjacentHTML("beforeend", "<b>x</b>"));
      await fetch("http://127.0.0.1:9/").catch(() => undefined);
      await told;
      return { seen, wasRun: "wasRun" in window };
    })()`);
    expect(blocked.wasRun).toBe(false);
    expect(blocked.seen).toContain("markup");
    expect(blocked.seen).toContain("connect-src");
  });

  test("can be used with the keyboard alone", async () => {
    await edge.ask("switches?taps=on&payloads=on", { method: "POST" });
    await using tab = await open();
    const { page } = tab;
    await page.reload();
    await page.getByRole("link", { name: "Overview" }).waitFor();
    const focused = () => page.evaluate<string>("document.activeElement.textContent.trim()");
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Skip to content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.tagName")).toBe("MAIN");
    await page.getByRole("link", { name: "Live tap" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Start" }).focus();
    await page.keyboard.press("Enter");
    await page.locator("tr.pick").nth(4).waitFor();
    await page.getByRole("button", { name: "Pause" }).focus();
    await page.keyboard.press("Space");
    await page
      .getByRole("button", { name: /^Record at/ })
      .nth(1)
      .focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: /^Record \d+$/ }).waitFor();
    expect(await focused()).toMatch(/^Record \d+$/);
  });

  test("is light or dark as the system is, until somebody chooses", async () => {
    const back = (tab: Tab) =>
      tab.page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    await using light = await open("", "light");
    await using dark = await open("", "dark");
    const [inLight, inDark] = [await back(light), await back(dark)];
    expect(inLight).not.toBe(inDark);
    await dark.page.getByText("1 policy has errors").waitFor();
    await dark.shot("overview-dark");
    await dark.page.getByRole("button", { name: "Theme: system" }).click();
    await dark.page.getByRole("button", { name: "Theme: light" }).waitFor();
    expect(await back(dark)).toBe(inLight);
    await dark.page.reload();
    await dark.page.getByRole("button", { name: "Theme: light" }).waitFor();
    expect(await back(dark)).toBe(inLight);
  });

  for (const scheme of ["light", "dark"] as const) {
    test(`axe finds nothing serious in any view, ${scheme}`, async () => {
      await edge.ask("switches?taps=on&payloads=on", { method: "POST" });
      const found: Record<string, readonly string[]> = {};
      await using tab = await Tab.open(`${edge.url}/_edge/`, scheme);
      const { page } = tab;
      await page.getByLabel("Token").waitFor();
      found["sign-in"] = await tab.seriousFaults();
      await tab.signIn();
      await page.getByText("1 policy has errors").waitFor();
      found["overview"] = await tab.seriousFaults();
      await page.goto(`${edge.url}/_edge/#/policies/typo`);
      await page.getByText("It does nothing until this is corrected").waitFor();
      found["policies"] = await tab.seriousFaults();
      await page.goto(`${edge.url}/_edge/#/tap`);
      await page.getByRole("button", { name: "Start" }).click();
      await page.locator("tr.pick").first().click();
      await page.getByRole("heading", { name: "What it holds" }).waitFor();
      found["tap"] = await tab.seriousFaults();
      await page.goto(`${edge.url}/_edge/#/try`);
      await page.getByRole("button", { name: "Judge passing records" }).click();
      await page.locator("button.outcome").first().click();
      await page.getByRole("heading", { name: "What it holds" }).waitFor();
      found["try"] = await tab.seriousFaults();
      await page.goto(`${edge.url}/_edge/#/stream`);
      await page.getByRole("heading", { name: "What is in the stream" }).waitFor();
      found["stream"] = await tab.seriousFaults();
      const none = Object.fromEntries(Object.keys(found).map((view) => [view, []]));
      expect(found).toEqual(none);
    });
  }

  test("fits a narrow window: tables scroll, the page does not", async () => {
    await using tab = await Tab.open(`${edge.url}/_edge/`, "light", 420);
    await tab.signIn();
    const { page } = tab;
    for (const view of ["overview", "policies", "stream", "tap", "try"]) {
      await page.goto(`${edge.url}/_edge/#/${view}`);
      await page.getByRole("heading", { level: 1 }).waitFor({ state: "attached" });
      const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
      expect([view, wide]).toEqual([view, 420]);
    }
    await page.goto(`${edge.url}/_edge/#/overview`);
    await page.getByText("1 policy has errors").waitFor();
    await tab.shot("overview-narrow");
  });
});
