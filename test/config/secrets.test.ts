// The texts that must never be logged.

import { describe, expect, test } from "bun:test";
import { secretsOf } from "../../src/config/index.ts";
import { load, problems } from "./support.ts";

describe("the secrets of a configuration", () => {
  test("are none by default", () => {
    expect(secretsOf(load("{}").config)).toEqual([]);
  });

  test("are headers, tokens, and userinfo and query of every URL", () => {
    const file = {
      upstream_url: "https://us%65r:p%40ss@u.example/path?api-key=k%201&flag",
      logs_url: "https://h/?l=logs",
      metrics_url: "https://h/?m=metrics",
      traces_url: "https://h/?t=traces",
      prometheus: { url: "https://h/?p=prom", targets: { "/metrics/a": "https://h/?x=target" } },
      otlp_self_metrics_url: "https://h/?o=own-metrics",
      otlp_self_traces_url: "https://h/?s=self&bad=%zz",
      admin: { token: "admin-token" },
      policy_providers: [
        {
          type: "http",
          url: "https://h/sync?y=sync",
          headers: [
            { name: "Authorization", value: "Bearer abc def" },
            { name: "X-Key", value: "plain" },
            { name: "X-Empty", value: "" },
          ],
        },
        { path: "p?not=secret" },
      ],
    };
    expect(secretsOf(load(JSON.stringify(file)).config).toSorted()).toEqual(
      [
        "%zz",
        "Bearer abc def",
        "abc def",
        "admin-token",
        "flag",
        "k 1",
        "k%201",
        "logs",
        "metrics",
        "own-metrics",
        "p%40ss",
        "p@ss",
        "plain",
        "prom",
        "self",
        "sync",
        "target",
        "traces",
        "us%65r",
        "user",
      ].toSorted(),
    );
  });
});

test.each([
  ['{"listen_address": "http://u:s3cret-word@h:99999/"}', '"http://***@h:99999/" is not an'],
  ['{"log_level": "redis://:s3cret-word@h/0"}', '"redis://***@h/0" is not known'],
])("a URL shows no password, whatever key it was written under: %s", (text, shown) => {
  const told = problems(text).join("\n");
  expect([told.includes(shown), told.includes("s3cret-word")]).toEqual([true, false]);
});
