// A provider of a stub control plane, with a clock that the test moves and a host that notes what
// it is told.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HttpProvider, type HttpProviderOptions } from "../../../src/providers/index.ts";
import { ManualClock } from "../../o11y/manual-clock.ts";
import { FakeHost } from "../fake-host.ts";
import { StubControlPlane, syncResponse } from "./stub-control-plane.ts";

const identity: HttpProviderOptions["identity"] = {
  stages: ["log_filter", "log_transform", "metric_filter", "trace_sampling"],
  service: {
    name: "edge",
    namespace: "tero",
    version: "1.0",
    instanceId: "i-1",
    resourceAttributes: [
      { key: "region", value: "eu" },
      { key: "service.name", value: "not this" },
    ],
    labels: [{ key: "workspace.id", value: "w-1" }],
  },
  extensions: () => [
    { type: "com.usetero/s3-dump", minVersion: "1.0.0", config: [new Uint8Array([1, 2])] },
  ],
};

export class HttpProviderSetup {
  readonly stub = new StubControlPlane();
  readonly folder = mkdtempSync(join(tmpdir(), "http-provider-"));
  host = new FakeHost();
  clock = new ManualClock();

  constructor() {
    this.stub.answer = () => Response.json(syncResponse(["a"]));
  }

  async close(): Promise<void> {
    await this.stub.stop();
    rmSync(this.folder, { recursive: true });
  }

  providerOf(options: Partial<HttpProviderOptions> = {}): HttpProvider {
    return new HttpProvider({
      id: "control-plane",
      url: this.stub.url,
      headers: [{ name: "Authorization", value: "Bearer s3cret-token" }],
      encoding: "json",
      pollIntervalMs: 60_000,
      identity,
      schedule: this.clock.schedule,
      monotonicMs: this.clock.now,
      random: () => 0,
      ...options,
    });
  }

  /** Starts, and waits for the end of the sync that tells something that contains `needed`. */
  async first(needed: string, options: Partial<HttpProviderOptions> = {}): Promise<HttpProvider> {
    const told = this.host.next(needed);
    const provider = this.providerOf(options);
    provider.start(this.host);
    await told;
    await this.#armed();
    return provider;
  }

  /** Lets the armed timer run out, and waits for the end of the sync that comes of it. */
  async afterWait(needed: string): Promise<void> {
    const told = this.host.next(needed);
    this.clock.advance(this.clock.pendingMs[0] ?? 0);
    await told;
    await this.#armed();
  }

  /**
   * A sync ends with the timer of the next one; that of its own request is gone before it tells
   * anything.
   */
  async #armed(): Promise<void> {
    while (this.clock.pendingMs.length === 0) await settled();
  }
}

/** Lets others have a few turns. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => void setImmediate(resolve));
}
