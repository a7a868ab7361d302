// The console's page and script: who gets them, with which headers, what they may do in a browser,
// and how large the script is.

import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "bun";
import { bundleConsole } from "../../src/admin/console/bundle.ts";
import { CONSOLE_CSP, playgroundDocument } from "../../src/admin/console/documents.ts";
import { AdminEdge } from "../support/admin-edge.ts";

const SCRIPT_GZIP_BYTES_MAX = 300 * 1024;
const OFF = {
  error: "console_disabled",
  message: "the console is off; set admin.console to true and restart",
};

describe("off, as it is by default", () => {
  test("a page says how to turn it on, and there is no script", async () => {
    await using edge = await AdminEdge.start();
    const page = await edge.ask("/_edge/");
    expect([page.status, await page.json()]).toEqual([404, OFF]);
    expect((await edge.ask("/_edge/console.js")).status).toBe(404);
  });

  test("where there is a token, only who shows it is told", async () => {
    await using edge = await AdminEdge.start({ admin: { token: "t" } });
    expect((await edge.ask("/_edge/")).status).toBe(401);
    const headers = { authorization: "Bearer t" };
    expect((await edge.ask("/_edge/", { headers })).status).toBe(404);
  });
});

describe("on", () => {
  const ON = { admin: { console: true, token: "s3cret" } };

  test("page and script need no token, whatever they show needs it", async () => {
    await using edge = await AdminEdge.start(ON);
    for (const path of ["/_edge", "/_edge/", "/_edge/console.js"]) {
      expect([path, (await edge.ask(path)).status]).toEqual([path, 200]);
    }
    for (const path of ["/_edge/status", "/_edge/policies", "/_edge/tap/pre", "/_edge/metrics"]) {
      expect([path, (await edge.ask(path)).status]).toEqual([path, 401]);
    }
  });

  test("the page holds nothing but a reference to the script, which alone may run", async () => {
    await using edge = await AdminEdge.start(ON);
    const page = await edge.ask("/_edge/");
    const html = await page.text();
    expect(html.match(/<script[^>]*>[^<]*<\/script>/g)).toEqual([
      '<script src="/_edge/console.js" defer></script>',
    ]);
    expect(html).not.toMatch(/ on\w+=| style=|<style|s3cret/);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toBe(CONSOLE_CSP);
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    expect(page.headers.get("referrer-policy")).toBe("no-referrer");
  });

  test("its rules name no other origin, and allow nothing inline and no evaluation", () => {
    expect(CONSOLE_CSP.split("; ")).toEqual([
      "default-src 'none'",
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
      "script-src 'self'",
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
  });

  test("the script comes as the client takes it", async () => {
    await using edge = await AdminEdge.start(ON);
    const packed = await edge.ask("/_edge/console.js", {
      headers: { "accept-encoding": "gzip, br" },
    });
    const plain = await edge.ask("/_edge/console.js", { headers: { "accept-encoding": "br" } });
    const refused = await edge.ask("/_edge/console.js", {
      headers: { "accept-encoding": "br, gzip;q=0" },
    });
    const codings = [packed, plain, refused].map(({ headers }) => headers.get("content-encoding"));
    expect(codings).toEqual(["gzip", null, null]);
    const script = new TextDecoder().decode(gunzipSync(await packed.arrayBuffer()));
    expect(await plain.text()).toBe(script);
  });

  test("a query is refused: nothing is ever told in the console's URL", async () => {
    await using edge = await AdminEdge.start(ON);
    expect((await edge.ask("/_edge/?token=s3cret")).status).toBe(400);
  });

  test("behind admin.listen, the data port serves neither", async () => {
    const admin = { ...ON.admin, listen: "127.0.0.1:0" };
    await using edge = await AdminEdge.start({ admin });
    for (const path of ["/_edge/", "/_edge/console.js"]) {
      expect([(await edge.ask(path)).status, (await edge.askAdmin(path)).status]).toEqual([
        404, 200,
      ]);
    }
  });
});

describe("the bundle", () => {
  test(`is below ${SCRIPT_GZIP_BYTES_MAX} bytes in gzip, and asks no runtime and no network`, async () => {
    const script = await bundleConsole();
    expect(gzipSync(script, { level: 9 }).length).toBeLessThan(SCRIPT_GZIP_BYTES_MAX);
    expect(script).not.toMatch(/(?:from|require\(|import\()\s*"(?:node:|bun:)/);
    expect(script).not.toMatch(/\beval\(|new Function\(|\bimport\(/);
    const places = [...script.matchAll(/https?:\/\/[\w./-]+/g)].map(([place]) => place);
    expect(places.filter((place) => !/w3\.org|json-schema|opentelemetry/.test(place))).toEqual([]);
  });

  test("in the playground may run by its hash alone, and connect to nothing", () => {
    const html = playgroundDocument('const a = "</script><!-- --></SCRIPT>";');
    const [, script = ""] = /<script>([^]*?)<\/script>/.exec(html) ?? [];
    expect(script).toBe(String.raw`const a = "\x3c/script>\x3c!-- -->\x3c/SCRIPT>";`);
    const hash = createHash("sha256").update(script).digest("base64");
    expect(/content="([^"]+)"/.exec(html)?.[1]).toBe(
      `default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; script-src 'sha256-${hash}'; require-trusted-types-for 'script'; trusted-types 'none'`,
    );
  });
});
