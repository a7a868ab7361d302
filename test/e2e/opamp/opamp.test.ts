// The compiled executable and a real OpAMP server, that of opamp-go, over both transports: what is
// in force, and what the server is told.

import { afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dropOf, policySetBytes } from "../../policy/wire/policy-set.ts";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { RawEdge } from "../../support/raw-edge.ts";
import { type Agent, buildPeer, Peer } from "./peer.ts";

const BUILD_TIMEOUT_MS = 120_000;
const built = hasEntryPoint("edge") ? buildPeer() : { why: "there is no entry point" };
const why = "why" in built ? `; skipped: ${built.why}` : "";

const JSON_SET = JSON.stringify({
  policies: [
    {
      id: "tero",
      name: "tero",
      log: { match: [{ log_field: "body", exact: "drop me" }], keep: "none" },
    },
  ],
});
const YAML_SET = `policies:
  - id: otel
    log_filter:
      matches:
        - target: { record_field: BODY }
          predicate: { equals: drop me too }
      action: DROP
  - id: bad
    log_filter: { matches: [] }
`;
const PROTOBUF = {
  contentType: "application/protobuf; proto=opentelemetry.proto.policies.v1development.PolicySet",
  body: policySetBytes(dropOf("binary")),
};
const BOTH = {
  "a.json": { contentType: "application/json", body: JSON_SET },
  "b.yaml": { contentType: "text/yaml", body: YAML_SET },
};

describe.skipIf(why !== "").each(["http", "ws"] as const)(`opamp-go over %s${why}`, (scheme) => {
  let peer: Peer;
  const edges: RawEdge[] = [];
  beforeAll(() => executable("edge"), BUILD_TIMEOUT_MS);
  beforeEach(async () => {
    peer = await Peer.start("path" in built ? built.path : "");
  });
  afterEach(async () => {
    for (const edge of edges.splice(0)) await edge.program[Symbol.asyncDispose]();
    await peer.stop();
  });

  async function start(files: Record<string, string> = {}): Promise<RawEdge> {
    const edge = await RawEdge.start({
      files,
      config: {
        upstream_url: "stdout:",
        policy_providers: [
          {
            type: "opamp",
            url: peer.urlOf(scheme),
            headers: [{ name: "Authorization", value: "Bearer e2e" }],
            // Only what is asked for moves anything.
            poll_interval: 3600,
            cache_path: "cache.json",
          },
        ],
      },
    });
    edges.push(edge);
    return edge;
  }

  /** Over HTTP the server is asked; over a WebSocket it speaks by itself. */
  async function looked(edge: RawEdge): Promise<void> {
    if (scheme === "http") await fetch(`${edge.url}/_edge/reload`, { method: "POST" });
  }

  const isIn = (status: string, hash: string) => (agent: Agent) =>
    agent.status === `RemoteConfigStatuses_${status}` && agent.hash === hash;

  test("has its configurations put in force, whole, and is told what became of each", async () => {
    await peer.offer("first", BOTH);
    const edge = await start();
    const applied = await peer.agent(isIn("APPLIED", "first"));
    expect(applied).toMatchObject({
      capabilities: 0x3807,
      description: { "service.name": "tero-edge", "service.namespace": "tero" },
      healthy: true,
      statuses: ["RemoteConfigStatuses_APPLYING", "RemoteConfigStatuses_APPLIED"],
      effective: { "a.json": JSON_SET, "b.yaml": YAML_SET },
      gaps: 0,
      authorization: "Bearer e2e",
    });
    expect(applied.status_error).toStartWith(
      '1 of 3 policies have errors and do nothing: "bad": log_filter: ',
    );
    expect(await left(edge, "drop me", "drop me too", "keep me")).toEqual(["keep me"]);
    expect(await policiesOf(edge)).toEqual([
      ["bad", "otel"],
      ["otel", "otel"],
      ["tero", "tero"],
    ]);

    await peer.offer("second", { "": PROTOBUF });
    await looked(edge);
    await peer.agent(isIn("APPLIED", "second"));
    expect(await left(edge, "drop me", "GET /healthz")).toEqual(["drop me"]);
    expect(await policiesOf(edge)).toEqual([["binary", "otel"]]);
    expect(await provider(edge)).toMatchObject({
      kind: "opamp",
      source: peer.urlOf(scheme),
      policies: 1,
      hash: Buffer.from("second").toString("hex"),
    });
  });

  test("is told why one is not put in force, and the one before stays", async () => {
    await peer.offer("good", BOTH);
    const edge = await start();
    await peer.agent(isIn("APPLIED", "good"));
    await peer.offer("bad", { "p.json": { contentType: "application/json", body: "{]" } });
    await looked(edge);
    const failed = await peer.agent((agent) => isIn("FAILED", "bad")(agent) && !agent.healthy);
    expect(failed.status_error).toMatch(/^p\.json:1:2: /);
    expect([failed.last_error, Object.keys(failed.effective ?? {}).length]).toEqual([
      failed.status_error,
      2,
    ]);
    expect(await left(edge, "drop me", "keep me")).toEqual(["keep me"]);
    expect((await provider(edge))["last_error"]).toBe(failed.status_error);

    await peer.offer("better", { "p.json": BOTH["a.json"] });
    await looked(edge);
    await peer.agent((agent) => isIn("APPLIED", "better")(agent) && agent.healthy);
  });

  test("is told everything again when it has lost its memory, and goodbye", async () => {
    await peer.offer("first", BOTH);
    const edge = await start();
    await peer.agent(isIn("APPLIED", "first"));
    await peer.forget();
    await fetch(`${edge.url}/_edge/reload`, { method: "POST" });
    const again = await peer.agent((agent) => agent.description !== null && agent.hash === "first");
    expect([again.status, Object.keys(again.effective ?? {})]).toEqual([
      "RemoteConfigStatuses_APPLIED",
      ["a.json", "b.yaml"],
    ]);
    edge.program.signal("SIGTERM");
    expect(await edge.program.exited).toBe(0);
    await peer.agent((agent) => agent.disconnected);
  });

  test("that is away at the start is no matter for one that has been there before", async () => {
    await peer.offer("first", BOTH);
    const edge = await start();
    await peer.agent(isIn("APPLIED", "first"));
    const read = (name: string) => readFileSync(join(edge.program.folder, name), "utf8");
    edge.program.signal("SIGTERM");
    expect(await edge.program.exited).toBe(0);
    const files = { "cache.json": read("cache.json"), "cache.json.uid": read("cache.json.uid") };
    expect(files["cache.json.uid"]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    await peer.stop();
    const next = await start(files);
    await next.logged("policies.replaced");
    expect(await left(next, "drop me", "keep me")).toEqual(["keep me"]);
    expect((await provider(next))["last_error"]).toContain("cannot be reached");
  });
});

/** Sends these bodies, and says which of them left. */
async function left(edge: RawEdge, ...bodies: readonly string[]): Promise<string[]> {
  const mark = `mark ${crypto.randomUUID()}`;
  const logRecords = [...bodies, mark].map((stringValue) => ({ body: { stringValue } }));
  const before = edge.program.output.length;
  await fetch(`${edge.url}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
  });
  await edge.program.line((line) => (line.includes(mark) ? true : undefined));
  const output = edge.program.output.slice(before);
  return bodies.filter((body) => output.includes(`"${body}"`));
}

async function policiesOf(edge: RawEdge): Promise<[string, string][]> {
  const page = await fetch(`${edge.url}/_edge/policies?format=json`);
  const { policies } = (await page.json()) as { policies: { id: string; dialect?: string }[] };
  return policies.map(({ id, dialect = "tero" }) => [id, dialect]);
}

async function provider(edge: RawEdge): Promise<Record<string, unknown>> {
  const page = await fetch(`${edge.url}/_edge/status?format=json`);
  const { providers } = (await page.json()) as { providers: Record<string, unknown>[] };
  return providers[0]!;
}
