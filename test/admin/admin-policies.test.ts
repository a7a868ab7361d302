// One policy of the page /_edge/policies, as it would be written in a file.

import { expect, test } from "bun:test";
import { policiesPage } from "../../src/admin/admin-policies.ts";
import { AUTHORING, decodePolicy } from "../../src/policy/index.ts";
import type { LocalPage } from "../../src/pipeline/local-pages.ts";

async function ask(page: LocalPage, query: string): Promise<Response> {
  return page.serve(new Request(`http://edge${page.path}`), new URLSearchParams(query));
}

test("with an id, it is of that policy alone, and holds it as a file would", async () => {
  const source = {
    id: "a",
    name: "A",
    log: { match: [{ log_field: "body", exact: "k3y-of-mine" }] },
  };
  const policy = decodePolicy(source, AUTHORING);
  const rows = ["a", "b"].map((id) => ({
    ...policy,
    id,
    mode: "enforce" as const,
    signal: "log" as const,
    warnings: [],
  }));
  const page = policiesPage({
    engine: {
      snapshot: { version: 1, counts: { log: 2, metric: 0, trace: 0 }, policies: rows },
      totals: () => [],
    },
    registry: { policy: (id) => (id === "a" ? policy : undefined) },
    secrets: ["k3y-of-mine"],
  });
  const shown = (await (await ask(page, "id=a&format=json")).json()) as {
    readonly policies: readonly { readonly id: string; readonly policy: unknown }[];
  };
  expect(shown.policies.map((one) => [one.id, one.policy])).toEqual([
    [
      "a",
      {
        id: "a",
        name: "A",
        log: { match: [{ log_field: "body", exact: "***" }], keep: "all" },
      },
    ],
  ]);
  expect(await (await ask(page, "id=b")).text()).toContain('id="b"');
  expect(await (await ask(page, "id=b")).text()).not.toContain('id="a"');
});
