// What `edge validate` prints and exits with.

import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CliOptions, type PolicyFileReport, proxySpec, runCli } from "../../src/cli/index.ts";
import { DISTRIBUTIONS } from "../../src/distributions.ts";
import { filesOf } from "../config/support.ts";
import { issueCertificates } from "../support/proxy-certificates.ts";

/**
 * What `edge validate` prints and exits with; it never starts and prints nothing on standard error.
 */
async function validate(
  files: Readonly<Record<string, string>>,
  reports: Readonly<Record<string, PolicyFileReport>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<readonly [code: number, ...lines: string[]]> {
  let out = "";
  const given: CliOptions = {
    distribution: DISTRIBUTIONS.edge,
    version: "",
    argv: ["validate", "/c/config.json"],
    env,
    readFile: filesOf(files),
    checkPolicyFiles: async (checked) =>
      checked.map(
        ({ path }) => reports[path] ?? { policies: 0, findings: [`${path}: absent`], warnings: [] },
      ),
    io: {
      out: (text) => (out += text),
      err: (text) => expect.unreachable(text),
    },
  };
  const start = (): Promise<never> => Promise.reject(new Error("started"));
  const code = await runCli(given, proxySpec(DISTRIBUTIONS.edge, start));
  return [code, ...out.split("\n").slice(0, -1)];
}

const config = (file: object) => ({
  "/c/config.json": JSON.stringify({ upstream_url: "stdout:", ...file }),
});

describe("validate", () => {
  test("finds nothing wrong with a configuration without policies", async () => {
    expect(await validate(config({}))).toEqual([0, "/c/config.json: ok", "no problems"]);
  });

  test("prints what is wrong with the configuration", async () => {
    expect(await validate(config({ listen_prot: 1 }))).toEqual([
      78,
      '/c/config.json:1:27 listen_prot: unknown key; did you mean "listen_port"?',
      '  1 | {"upstream_url":"stdout:","listen_prot":1}',
      "    |                           ^^^^^^^^^^^^^",
      "1 problem",
    ]);
    expect((await validate({}))[0]).toBe(78);
  });

  test("prints warnings, which are no problems", async () => {
    expect(await validate(config({ thread_pool_count: 1 }))).toEqual([
      0,
      "warning: thread_pool_count: has no effect; set worker_count to use more cores.",
      "/c/config.json: ok",
      "no problems, 1 warning",
    ]);
  });

  test("says of budgets what they cannot match", async () => {
    const budgets = [
      { match: [{ log_field: "body", contains: "x" }], bytes_per_day: 1 },
      { name: "shop", match: [{ resource_attribute: "a", regex: "(" }], bytes_per_day: 1 },
      { name: "none", match: [], bytes_per_day: 1 },
      { match: [{ log_field: "body", exists: true }], signals: ["traces"], bytes_per_day: 1 },
    ];
    const [code, ...lines] = await validate(config({ budgets }));
    expect(code).toBe(78);
    expect(lines.map((line) => line.replace(/; known keys.*|; give one of.*/, ""))).toEqual([
      'budgets[1] "shop": log: match[0]: invalid regex "(": missing ): (',
      'budgets[2] "none": log: match: no matchers; give at least one',
      'budgets[3] "4": trace: match[0]: unknown key "log_field"',
      'budgets[3] "4": trace: match[0]: no field',
      "4 problems",
    ]);
  });

  test("checks every policy file, beside the configuration, and prints what is wrong with them", async () => {
    const policy_providers = [{ path: "one.json" }, { path: "bad.yaml" }, { path: "/two.json" }];
    const reports = {
      "/c/one.json": { policies: 1, findings: [], warnings: [] },
      "/c/bad.yaml": {
        policies: 3,
        findings: ["bad.yaml:1:1 a", "bad.yaml:2:1 b"],
        warnings: ["bad.yaml:3:1 c"],
      },
      "/two.json": { policies: 2, findings: [], warnings: [] },
    };
    expect(await validate(config({ policy_providers }), reports)).toEqual([
      78,
      "/c/config.json: ok",
      "/c/one.json: ok, 1 policy",
      "warning: bad.yaml:3:1 c",
      "bad.yaml:1:1 a",
      "bad.yaml:2:1 b",
      "/two.json: ok, 2 policies",
      "2 problems, 1 warning",
    ]);
  });

  test("lets no control character, and no mark that turns text around, reach the terminal", async () => {
    const path = "odd\u007f\u009b31m\u202e.json";
    const findings = [`${path}:1:1 "\u001b[31m\u2066": two\nlines`];
    const reports = { [`/c/${path}`]: { policies: 1, findings, warnings: [] } };
    const files = config({ policy_providers: [{ path }] });
    expect(await validate(files, reports)).toEqual([
      78,
      "/c/config.json: ok",
      'odd\\u007f\\u009b31m\\u202e.json:1:1 "\\u001b[31m\\u2066": two\\nlines',
      "1 problem",
    ]);
  });

  test("asks no control plane, and does not print its secrets", async () => {
    const url = "https://user:hunter2@cp.example/v1/policy/sync?key=hunter2";
    const policy_providers = [{ type: "http", url }];
    expect(await validate(config({ policy_providers }))).toEqual([
      0,
      "/c/config.json: ok",
      "https://***@cp.example/v1/policy/sync?***: not checked; no requests are made",
      "no problems",
    ]);
  });

  test("looks for the files of certificates and keys", async () => {
    const tls = { cert_file: "cert.pem", key_file: "key.pem" };
    const upstream_tls = { ca_file: "/ca.pem" };
    const files = { ...config({ tls, upstream_tls }), "/c/cert.pem": "x" };
    expect(await validate(files)).toEqual([
      78,
      "tls.key_file: /c/key.pem cannot be read; check the path and its rights.",
      "tls.cert_file holds no usable PEM (a block BEGIN CERTIFICATE is needed).",
      "upstream_tls.ca_file: /ca.pem cannot be read; check the path and its rights.",
      "3 problems",
    ]);
  });

  test("reads what is in them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "edge-validate-"));
    const { ca, server, client } = issueCertificates(folder);
    rmSync(folder, { recursive: true });
    const tls = { cert_file: "cert.pem", key_file: "key.pem", client_ca_file: "ca.pem" };
    const upstream_tls = { cert_file: "cert.pem", key_file: "key.pem", ca_file: "ca.pem" };
    const files = (key: string, authority: string) => ({
      ...config({ tls, upstream_tls }),
      "/c/cert.pem": server.cert,
      "/c/key.pem": key,
      "/c/ca.pem": authority,
    });
    expect(await validate(files(server.key, ca))).toEqual([0, "/c/config.json: ok", "no problems"]);
    expect(await validate(files(client.key, "x"))).toEqual([
      78,
      "tls.client_ca_file holds no usable PEM (a block BEGIN CERTIFICATE is needed).",
      "tls.key_file is not the key of the certificate in tls.cert_file.",
      "upstream_tls.ca_file holds no usable PEM (a block BEGIN CERTIFICATE is needed).",
      "upstream_tls.key_file is not the key of the certificate in upstream_tls.cert_file.",
      "4 problems",
    ]);
  });
});
