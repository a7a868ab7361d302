// URLs that lead to the program itself are refused, as far as that can be seen.

import { describe, expect, test } from "bun:test";
import type { Machine } from "../../src/config/own-address.ts";
import { problems } from "./support.ts";

const MACHINE: Machine = {
  hostname: "Node-1.example.com",
  addresses: ["127.0.0.1", "::1", "10.0.0.5", "fe80::1", "2001:db8::5"],
  memoryBytes: 2 ** 34,
};

function refused(keys: Readonly<Record<string, unknown>>): boolean {
  const found = problems(JSON.stringify(keys), {}, { machine: MACHINE });
  if (found.some((line) => !line.includes("is where this program listens itself"))) {
    throw new Error(found.join("\n"));
  }
  return found.length > 0;
}

describe("a URL and where the program listens", () => {
  test.each<[string, number, string, boolean]>([
    ["127.0.0.1", 8080, "http://127.0.0.1:8080", true],
    ["127.0.0.1", 8080, "https://127.0.0.1:8080/x?y", true],
    ["127.0.0.1", 8080, "http://user:pass@127.0.0.1:8080", true],
    ["127.0.0.1", 8080, "http://localhost:8080", true],
    ["127.0.0.1", 8080, "http://LOCALHOST.:8080", true],
    ["127.0.0.1", 8080, "http://app.localhost:8080", true],
    ["127.0.0.1", 8080, "http://0.0.0.0:8080", true],
    ["127.0.0.1", 8080, "http://0:8080", true],
    ["127.0.0.1", 8080, "http://2130706433:8080", true],
    ["127.0.0.1", 8080, "http://[::ffff:127.0.0.1]:8080", true],
    ["127.0.0.1", 8080, "http://[::]:8080", true],
    ["127.0.0.1", 8080, "http://node-1:8080", true],
    ["127.0.0.1", 8080, "http://127.0.0.1:8081", false],
    ["127.0.0.1", 8080, "http://127.0.0.1", false],
    ["127.0.0.1", 8080, "http://127.0.0.2:8080", false],
    ["127.0.0.1", 8080, "http://[::1]:8080", false],
    ["127.0.0.1", 8080, "http://10.0.0.5:8080", false],
    ["127.0.0.1", 8080, "http://elsewhere:8080", false],
    ["127.0.0.1", 8080, "grpc://127.0.0.1:8080", true],
    ["127.0.0.1", 443, "grpcs://127.0.0.1", true],
    ["127.0.0.1", 80, "grpcs://127.0.0.1", false],
    ["127.0.0.1", 80, "grpc://127.0.0.1", true],
    ["127.0.0.1", 80, "http://127.0.0.1", true],
    ["127.0.0.1", 443, "https://127.0.0.1", true],
    ["127.0.0.1", 443, "http://127.0.0.1", false],
    ["0.0.0.0", 8080, "http://127.0.0.1:8080", true],
    ["0.0.0.0", 8080, "http://127.0.0.9:8080", true],
    ["0.0.0.0", 8080, "http://10.0.0.5:8080", true],
    ["0.0.0.0", 8080, "http://10.0.0.6:8080", false],
    ["0.0.0.0", 8080, "http://[::1]:8080", false],
    ["0.0.0.0", 8080, "http://node-1.example.com:8080", true],
    ["0.0.0.0", 8080, "http://node-1.example.org:8080", false],
    ["::", 8080, "http://127.0.0.1:8080", true],
    ["::", 8080, "http://[::1]:8080", true],
    ["::", 8080, "http://[0:0::1]:8080", true],
    ["::", 8080, "http://[2001:DB8:0::5]:8080", true],
    ["::", 8080, "http://[2001:db8::6]:8080", false],
    ["[::1]", 8080, "http://[::1]:8080", true],
    ["[::1]", 8080, "http://localhost:8080", true],
    ["localhost", 8080, "http://127.0.0.1:8080", true],
    ["10.0.0.5", 8080, "http://10.0.0.5:8080", true],
    ["10.0.0.5", 8080, "http://node-1:8080", true],
    ["10.0.0.5", 8080, "http://127.0.0.1:8080", false],
    ["edge.internal", 8080, "http://edge.internal:8080", true],
    ["127.0.0.1", 0, "http://127.0.0.1:80", false],
    ["unix:/run/edge.sock", 8080, "http://127.0.0.1:8080", false],
  ])("%s port %d: %s", (listen_address, listen_port, upstream_url, want) => {
    expect(refused({ listen_address, listen_port, upstream_url })).toBe(want);
  });

  test("stdout: leads nowhere", () => {
    expect(refused({ listen_port: 80, upstream_url: "stdout:" })).toBe(false);
  });

  test("the default upstream counts as well", () => {
    expect(refused({ listen_port: 80 })).toBe(true);
  });
});

describe("every URL that requests are sent to", () => {
  const OWN = "http://localhost:8080";
  test.each<[Readonly<Record<string, unknown>>, string]>([
    [{ logs_url: `${OWN}/v1/logs` }, "logs_url"],
    [{ metrics_url: OWN }, "metrics_url"],
    [{ traces_url: OWN }, "traces_url"],
    [{ otlp_self_metrics_url: `${OWN}/v1/metrics` }, "otlp_self_metrics_url"],
    [{ otlp_self_traces_url: `${OWN}/v1/traces` }, "otlp_self_traces_url"],
    [{ prometheus: { url: OWN } }, "prometheus.url"],
    [{ prometheus: { targets: { "/m": `${OWN}/metrics` } } }, 'prometheus.targets["/m"]'],
    [{ upstream_url: "http://127.0.0.1:9901", admin: { listen: "0.0.0.0:9901" } }, "upstream_url"],
  ])("%j", (keys, name) => {
    const found = problems(JSON.stringify(keys), {}, { machine: MACHINE });
    expect(found.map((line) => line.replace(/^c\.json:\d+:\d+ (.*?): .*$/, "$1"))).toEqual([name]);
  });

  test("but own pages may be scraped, also where admin.listen serves them", () => {
    const targets = {
      "/self": `${OWN}/_edge/metrics`,
      "/admin": "http://127.0.0.1:9901/_edge/metrics",
    };
    const admin = { listen: "127.0.0.1:9901" };
    expect(refused({ admin, prometheus: { url: `${OWN}/_edge`, targets } })).toBe(false);
  });

  test("the message says where, shows no secret and what to do", () => {
    const text = '{"upstream_url": "http://u:p@127.0.0.1:8080/?key=1"}';
    expect(problems(text, {}, { machine: MACHINE })).toEqual([
      'c.json:1:18 upstream_url: "http://***@127.0.0.1:8080/?***" is where this program listens itself; name another host or port.',
    ]);
  });
});
