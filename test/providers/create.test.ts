// Providers from a configuration, and all of it together: files, a control plane, the registry and
// the engine.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProviderConfig } from "../../src/config/index.ts";
import { EventBus } from "../../src/o11y/index.ts";
import { createEngine } from "../../src/policy/index.ts";
import { createProviders, PolicyRegistry, type SyncIdentity } from "../../src/providers/index.ts";
import { createRegexValidator } from "../../src/re2/index.ts";
import { StubControlPlane, syncResponse } from "./http/stub-control-plane.ts";

const identity: SyncIdentity = {
  stages: ["log_filter"],
  service: {
    name: "edge",
    namespace: "tero",
    version: "1",
    instanceId: "i",
    resourceAttributes: [],
    labels: [],
  },
};

let folder: string;
let stub: StubControlPlane;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "create-"));
  stub = new StubControlPlane();
});
afterEach(async () => {
  await stub.stop();
  rmSync(folder, { recursive: true });
});

function configs(): ProviderConfig[] {
  const path = join(folder, "policies.json");
  return [
    { type: "file", id: "files", path, pollIntervalMs: 5_000 },
    {
      type: "http",
      id: "control-plane",
      url: `${stub.url}?key=secret`,
      headers: [],
      encoding: "protobuf",
      pollIntervalMs: 60_000,
      timeoutMs: 2_000,
      cachePath: undefined,
    },
  ];
}

test("one provider for each entry, in their order, shown without secrets", () => {
  const providers = createProviders(configs(), { identity });
  expect(providers.map(({ id, kind, source }) => [id, kind, source])).toEqual([
    ["files", "file", join(folder, "policies.json")],
    ["control-plane", "http", `${stub.url}?***`],
  ]);
});

test("file and control plane come into force together, and the counts go where they belong", async () => {
  const log = { match: [{ log_field: "body", exists: true }], keep: "none" };
  const own = { policies: [{ id: "shared", name: "of the file", log }] };
  writeFileSync(join(folder, "policies.json"), JSON.stringify(own));
  stub.answer = () => Response.json(syncResponse(["shared", "remote"]));
  const engine = createEngine({
    validateRegex: createRegexValidator(),
    nowMs: () => 0,
    random: () => 0,
  });
  const providers = createProviders(configs(), { identity });
  const registry = new PolicyRegistry({ engine, bus: new EventBus(), providers });
  registry.start();
  await registry.whenReady;
  expect(engine.snapshot.policies.map(({ id, name }) => [id, name])).toEqual([
    ["remote", "remote"],
    ["shared", "of the file"],
  ]);

  const evaluation = engine.evaluation("log")!;
  evaluation.begin();
  evaluation.beginResource();
  evaluation.beginScope();
  evaluation.beginRecord();
  evaluation.values.putString(
    evaluation.fields.fieldSlots[0]!,
    new TextEncoder().encode("x"),
    0,
    1,
  );
  evaluation.decide(0);
  evaluation.commit();
  await registry.stop(2_000);
  const last = stub.asked.at(-1)!.request.policyStatuses;
  expect(last.map(({ id, matchHits, matchMisses }) => [id, matchHits, matchMisses])).toEqual([
    ["remote", 1n, 0n],
    ["shared", 0n, 0n],
  ]);
  expect(last[1]!.errors).toEqual([expect.stringContaining("comes first")]);
});
