// What every provider does that asks a control plane, whatever it speaks: takes whole sets, keeps
// the last good one, on disk as well, and shows no secret.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HeaderField } from "../../src/config/index.ts";
import type { PolicyProvider, SyncIdentity } from "../../src/providers/index.ts";
import type { Schedule } from "../../src/system/timer.ts";
import { ManualClock } from "../o11y/manual-clock.ts";
import { FakeHost } from "../providers/fake-host.ts";

export interface PlaneOptions {
  readonly id: string;
  readonly url: string;
  readonly headers: readonly HeaderField[];
  readonly pollIntervalMs: number;
  readonly identity: SyncIdentity;
  readonly cachePath?: string | undefined;
  readonly schedule: Schedule;
  readonly monotonicMs: () => number;
  readonly random: () => number;
}

/** A control plane on loopback, and what makes a provider of it. */
export interface PlaneUnderTest {
  readonly url: string;
  /** From now on it has policies of these ids; `away`: it answers nobody well. */
  has(ids: readonly string[] | "away"): void;
  /** `Authorization` of the last request or connection. */
  authorization(): string | null | undefined;
  create(options: PlaneOptions): PolicyProvider;
  stop(): Promise<void>;
}

const identity: SyncIdentity = {
  stages: ["log_filter"],
  service: {
    name: "edge",
    namespace: "tero",
    version: "1",
    instanceId: "i-1",
    resourceAttributes: [],
    labels: [],
  },
};

export function controlPlaneSuite(name: string, open: () => Promise<PlaneUnderTest>): void {
  describe(name, () => {
    const at = new Fixture(open);
    beforeEach(() => at.open());
    afterEach(() => at.close());
    setCases(at);
    failureCases(at);
    cacheCases(at);
    secretCases(at);
  });
}

class Fixture {
  plane!: PlaneUnderTest;
  host = new FakeHost();
  clock = new ManualClock();
  folder = "";
  readonly #open: () => Promise<PlaneUnderTest>;
  #providers: PolicyProvider[] = [];

  constructor(open: () => Promise<PlaneUnderTest>) {
    this.#open = open;
  }

  async open(): Promise<void> {
    this.plane = await this.#open();
    this.plane.has(["a"]);
    this.folder = mkdtempSync(join(tmpdir(), "control-plane-"));
    this.restart();
  }

  async close(): Promise<void> {
    for (const provider of this.#providers) await provider.stop(1000);
    this.#providers = [];
    await this.plane.stop();
    rmSync(this.folder, { recursive: true });
  }

  /** For another program. */
  restart(): void {
    this.host = new FakeHost();
    this.clock = new ManualClock();
  }

  create(more: Partial<PlaneOptions> = {}): PolicyProvider {
    const { schedule, now: monotonicMs } = this.clock;
    const provider = this.plane.create({
      id: "plane",
      url: this.plane.url,
      headers: [{ name: "Authorization", value: "Bearer s3cret-token" }],
      pollIntervalMs: 60_000,
      identity,
      schedule,
      monotonicMs,
      random: () => 0,
      ...more,
    });
    this.#providers.push(provider);
    return provider;
  }

  /** Starts one, and waits until it has told something that contains `needed`. */
  async first(needed: string, more?: Partial<PlaneOptions>): Promise<PolicyProvider> {
    const told = this.host.next(needed);
    const provider = this.create(more);
    provider.start(this.host);
    await told;
    return provider;
  }

  get offers(): readonly string[] {
    return this.host.told.filter((one) => one.startsWith("offer"));
  }
}

function setCases(at: Fixture): void {
  test("takes the first set by itself, and each other one whole", async () => {
    const provider = await at.first("offer a");
    expect(at.host.sets[0]?.policies.map(({ id, errors }) => [id, errors])).toEqual([["a", []]]);
    at.plane.has(["b", "c"]);
    await provider.reload();
    at.plane.has([]);
    await provider.reload();
    expect(at.offers).toEqual(["offer a", "offer b,c", "offer "]);
    expect(new Set(at.host.sets.map(({ hash }) => hash)).size).toBe(3);
  });

  test("says that there is nothing new", async () => {
    const provider = await at.first("offer a");
    await provider.reload();
    expect([at.offers, at.host.told.at(-1)]).toEqual([["offer a"], "unchanged"]);
  });

  test("offers a set again that could not be put in force", async () => {
    const provider = await at.first("offer a");
    at.plane.has(["b"]);
    at.host.refuse = "no room";
    await provider.reload();
    await provider.reload();
    expect(at.host.news.slice(0, 2)).toEqual(["offer a", "refused b"]);
    expect(at.host.news[2]).toContain("no room");
    expect(at.host.news.at(-1)).toBe("offer b");
  });
}

function failureCases(at: Fixture): void {
  test("keeps the set in force while the control plane is away, and asks again by itself", async () => {
    const provider = await at.first("offer a");
    at.plane.has("away");
    const failed = at.host.next("failed");
    await provider.reload();
    await failed;
    expect(at.offers).toEqual(["offer a"]);
    at.plane.has(["b"]);
    const back = at.host.next("offer b");
    at.clock.advance(60_000);
    await back;
    expect(at.offers).toEqual(["offer a", "offer b"]);
  });

  test("fails at the start, and takes the first set when there is one", async () => {
    at.plane.has("away");
    await at.first("failed");
    at.plane.has(["a"]);
    const offered = at.host.next("offer a");
    while (at.clock.pendingMs.length === 0) await turn();
    at.clock.advance(60_000);
    await offered;
    expect(at.offers).toEqual(["offer a"]);
  });

  test("stops, and asks nobody any more", async () => {
    const provider = await at.first("offer a");
    await provider.stop(1000);
    const { told } = at.host;
    at.plane.has(["b"]);
    await provider.reload();
    at.clock.advance(600_000);
    await turn();
    expect(at.host.told).toEqual(told);
    expect(at.offers).toEqual(["offer a"]);
  });
}

function cacheCases(at: Fixture): void {
  const cached = (): Partial<PlaneOptions> => ({ cachePath: join(at.folder, "cache.json") });

  test("starts from what the last program kept, and goes on from there", async () => {
    const last = await at.first("offer a", cached());
    // What is in force is kept after it is.
    await last.reload();
    await last.stop(1000);
    at.restart();
    at.plane.has("away");
    const provider = await at.first("failed", cached());
    expect(at.host.told[0]).toBe("offer a");
    at.plane.has(["a", "b"]);
    await provider.reload();
    expect(at.offers).toEqual(["offer a", "offer a,b"]);
  });

  test("takes no cache of another control plane, nor a broken one", async () => {
    const last = await at.first("offer a", cached());
    await last.reload();
    await last.stop(1000);
    at.plane.has("away");
    at.restart();
    await at.first("failed", { ...cached(), url: `${at.plane.url}?tenant=2` });
    expect(at.host.told[0]).toContain("is the cache of another control plane");
    writeFileSync(join(at.folder, "cache.json"), "{");
    at.restart();
    await at.first("failed", cached());
    expect(at.host.told[0]).toContain("is not a policy cache");
    expect(at.offers).toEqual([]);
  });

  test("says once that it cannot keep anything, and works", async () => {
    const provider = await at.first("offer a", { cachePath: join(at.folder, "no", "cache.json") });
    await provider.reload();
    at.plane.has(["b"]);
    await provider.reload();
    expect(at.offers).toEqual(["offer a", "offer b"]);
    expect(at.host.told.filter((one) => one.includes("cannot be written")).length).toBe(1);
  });
}

function secretCases(at: Fixture): void {
  test("sends its headers, and credentials of the URL as one, and shows neither", async () => {
    const first = await at.first("offer a");
    expect(at.plane.authorization()).toBe("Bearer s3cret-token");
    await first.stop(1000);
    at.restart();
    const url = at.plane.url.replace("://", "://user:pass@");
    const provider = await at.first("offer a", { url, headers: [] });
    expect(at.plane.authorization()).toBe(`Basic ${btoa("user:pass")}`);
    expect(provider.source).toBe(at.plane.url.replace("://", "://***@"));
    at.plane.has("away");
    const failed = at.host.next("failed");
    await provider.reload();
    await failed;
    expect(at.host.told.join("\n")).not.toMatch(/pass|s3cret/);
  });
}

function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
