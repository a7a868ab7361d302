// A provider of a stub OpAMP server, with a clock that the test moves and a host that notes what it
// is told.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentToServer } from "../../../src/proto/index.ts";
import { OpampProvider, type OpampProviderOptions } from "../../../src/providers/index.ts";
import { ManualClock } from "../../o11y/manual-clock.ts";
import { FakeHost } from "../fake-host.ts";
import { configOf, StubOpampServer } from "./stub-opamp-server.ts";

export type Transport = "http" | "ws";

const identity: OpampProviderOptions["identity"] = {
  stages: ["log_filter"],
  service: {
    name: "edge",
    namespace: "tero",
    version: "1.0",
    instanceId: "i-1",
    resourceAttributes: [{ key: "region", value: "eu" }],
    labels: [{ key: "workspace.id", value: "w-1" }],
  },
};

export class OpampSetup {
  readonly server = new StubOpampServer();
  readonly folder = mkdtempSync(join(tmpdir(), "opamp-"));
  host = new FakeHost();
  clock = new ManualClock(1_700_000_000_000);
  readonly #transport: Transport;
  #providers: OpampProvider[] = [];

  constructor(transport: Transport) {
    this.#transport = transport;
    this.server.config = configOf("a");
  }

  async close(): Promise<void> {
    for (const provider of this.#providers) await provider.stop(1000);
    await this.server.stop();
    rmSync(this.folder, { recursive: true });
  }

  providerOf(options: Partial<OpampProviderOptions> = {}): OpampProvider {
    const { schedule, now } = this.clock;
    const provider = new OpampProvider({
      id: "opamp",
      url: this.server.urlOf(this.#transport),
      headers: [{ name: "Authorization", value: "Bearer s3cret-token" }],
      pollIntervalMs: 30_000,
      identity,
      schedule,
      nowMs: now,
      monotonicMs: now,
      random: () => 0,
      ...options,
    });
    this.#providers.push(provider);
    return provider;
  }

  /** Starts, and waits until something is told that contains `needed`. */
  async first(needed: string, options?: Partial<OpampProviderOptions>): Promise<OpampProvider> {
    const told = this.host.next(needed);
    const provider = this.providerOf(options);
    provider.start(this.host);
    await told;
    return provider;
  }

  /** Starts, and waits until the server was told that its configuration is in force. */
  async settled(options?: Partial<OpampProviderOptions>): Promise<OpampProvider> {
    const applied = this.server.next((message) => statusOf(message)?.[0] === "applied");
    const provider = await this.first("offer", options);
    await applied;
    await provider.reload();
    return provider;
  }

  /** Lets the timer that is due next run out, and waits for what is told then. */
  async afterWait(needed: string): Promise<void> {
    const told = this.host.next(needed);
    this.clock.advance(await this.waitMs());
    await told;
  }

  async waitMs(): Promise<number> {
    for (;;) {
      const [soonest] = this.clock.pendingMs;
      if (soonest !== undefined) return soonest;
      await turn();
    }
  }
}

export function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

const STATUSES = ["unset", "applied", "applying", "failed"];

/** What a message says of the last configuration; undefined: nothing. */
export function statusOf({
  remoteConfigStatus,
}: AgentToServer): [string, string, string] | undefined {
  if (remoteConfigStatus === undefined) return undefined;
  const { status, lastRemoteConfigHash, errorMessage } = remoteConfigStatus;
  return [STATUSES[status]!, new TextDecoder().decode(lastRemoteConfigHash), errorMessage];
}

/** Which parts a message has beside those that each has. */
export function partsOf(message: AgentToServer): string[] {
  const { agentDescription, health, effectiveConfig, remoteConfigStatus, agentDisconnect } =
    message;
  const parts = { agentDescription, health, effectiveConfig, remoteConfigStatus, agentDisconnect };
  return Object.entries(parts).flatMap(([name, part]) => (part === undefined ? [] : [name]));
}

/** Names and texts of the configuration that a message says is in force. */
export function effectiveOf({ effectiveConfig }: AgentToServer): [string, string, string][] {
  return Object.entries(effectiveConfig?.configMap?.configMap ?? {}).map(
    ([name, { body, contentType }]) => [name, new TextDecoder().decode(body), contentType],
  );
}
