// Compiled proxies hold the console, each of them the same one.

import { describe, expect, test } from "bun:test";
import { bundleConsole } from "../../../src/admin/console/bundle.ts";
import { DISTRIBUTIONS } from "../../../src/distributions.ts";
import { startProgram, WHERE } from "../../support/e2e-program.ts";

const BUILD_TIMEOUT_MS = 120_000;
const CONFIG = {
  listen_port: 0,
  log_format: "json",
  upstream_url: "stdout:",
  admin: { console: true },
};

describe(`the console of a compiled executable, ${WHERE}`, () => {
  for (const { program: name } of Object.values(DISTRIBUTIONS)) {
    test(
      `is in ${name}`,
      async () => {
        const files = { "config.json": JSON.stringify(CONFIG) };
        await using program = await startProgram(name, { files, args: ["config.json"] });
        const url = await program.url();
        const page = await fetch(`${url}/_edge/`);
        expect([page.status, page.headers.get("content-type")]).toEqual([
          200,
          "text/html; charset=utf-8",
        ]);
        const script = await fetch(`${url}/_edge/console.js`);
        expect(script.headers.get("content-encoding")).toBe("gzip");
        expect((await script.text()) === (await bundleConsole())).toBe(true);
      },
      BUILD_TIMEOUT_MS,
    );
  }
});
