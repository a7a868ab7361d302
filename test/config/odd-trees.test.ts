// Any JSON and any variables end in a configuration or in a ConfigError.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { ConfigError } from "../../src/config/index.ts";
import { load, problems } from "./support.ts";

describe("no configuration, however odd", () => {
  test("throws anything but a ConfigError", () => {
    const key = fc.constantFrom(
      "listen_port",
      "upstream_url",
      "tls",
      "cert_file",
      "prometheus",
      "targets",
      "policy_providers",
      "type",
      "headers",
      "name",
      "__proto__",
      "constructor",
      "toString",
      "",
    );
    const leaf = fc.oneof(
      fc.constantFrom(
        "file",
        "http",
        "stdout:",
        "http://x",
        "${A}",
        "${B:-",
        "$${",
        "/m",
        "[",
        ":1",
      ),
      fc.string(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(fc.oneof(key, fc.string()), tie("tree"), { maxKeys: 5 }),
      ),
    }));
    const env = fc.dictionary(
      fc.constantFrom(
        "A",
        "TERO_LISTEN_PORT",
        "TERO_TLS_CERT_FILE",
        "TERO_X",
        "TERO_PROMETHEUS_URL",
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(tree, env, (value, variables) => {
        for (const line of problems(JSON.stringify(value), variables)) {
          expect(line).toMatch(/^(?:c\.json:\d+:\d+|TERO_[A-Z_]+)(?: .+)?: ./s);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("says more than fifty things at once", () => {
    const keys = Array.from({ length: 60 }, (_, index) => [`zzz${index}`, 1]);
    try {
      load(JSON.stringify(Object.fromEntries(keys)));
      expect.unreachable();
    } catch (error) {
      const lines = error instanceof ConfigError ? error.message.split("\n") : [];
      expect([lines.length, lines.at(-1)]).toEqual([51, "and 10 more problems."]);
    }
  });
});
