// Values of headers for upstreams in files that change: what is put in use, what is not, and that
// no value is told.

import { expect, test } from "bun:test";
import type { UpstreamHeaderValues } from "../../src/config/index.ts";
import { secretsOf } from "../../src/config/index.ts";
import { HeaderFiles } from "../../src/runtime/header-files.ts";
import { headerValuesNow } from "../../src/runtime/proxy/header-values.ts";
import { filesOf, load } from "../config/support.ts";
import { RecordingBus } from "../support/proxy-fakes.ts";

function start(content: Record<string, string>) {
  const list = [
    { name: "x-api-key", value_file: "/run/key" },
    { name: "x-tenant", value_file: "/run/tenant" },
    { name: "x-region", value: "eu" },
  ];
  const { config } = load(JSON.stringify({ upstream_headers: list }));
  const disk = { ...content };
  const readFile = (path: string): Uint8Array => filesOf(disk)(path);
  const applied: UpstreamHeaderValues[] = [];
  const bus = new RecordingBus();
  const files = new HeaderFiles({
    rules: config.upstreamHeaders,
    read: () => headerValuesNow(config, readFile),
    inUse: headerValuesNow(config, readFile),
    apply: (values) => void applied.push(values),
    bus,
    schedule: () => () => undefined,
  });
  const told = (): unknown[] => bus.seen.map(({ name, event }) => [name, event]);
  return { config, files, disk, applied, told };
}

const BOTH = { "/run/key": "first-key\n", "/run/tenant": "blue" };

test("the same values are not put in use again", () => {
  const { files, disk, applied, told } = start(BOTH);
  disk["/run/key"] = "  first-key";
  expect(files.reload()).toEqual({ changed: false });
  expect([applied, told()]).toEqual([[], []]);
});

test("other values are, together, and names of headers are told", () => {
  const { config, files, disk, applied, told } = start(BOTH);
  disk["/run/key"] = "second-key";
  expect(files.reload()).toEqual({ changed: true });
  expect(files.reload()).toEqual({ changed: false });
  expect(applied).toEqual([["second-key", "blue", "eu"]]);
  expect(told()).toEqual([["upstream_headers.reloaded", { headers: "x-api-key" }]]);
  // What is still on its way may hold the old one.
  expect(secretsOf(config)).toContain("first-key");
  expect(secretsOf(config)).toContain("second-key");
});

test("one file that cannot be used leaves all as they are, is told once, and is taken when it is whole", () => {
  const { files, disk, applied, told } = start(BOTH);
  Object.assign(disk, { "/run/key": "second-key", "/run/tenant": "" });
  const error = "upstream_headers[1].value_file: /run/tenant is empty";
  expect(files.reload()).toEqual({ changed: false, error });
  files.reload();
  expect(applied).toEqual([]);
  disk["/run/tenant"] = "green";
  expect(files.reload()).toEqual({ changed: true });
  expect(applied).toEqual([["second-key", "green", "eu"]]);
  const cure = "the values in use stay; write one line of text to the file";
  expect(told()).toEqual([
    ["upstream_headers.reload_failed", { reason: error, cure }],
    ["upstream_headers.reloaded", { headers: "x-api-key, x-tenant" }],
  ]);
});
