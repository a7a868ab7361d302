// The OpAMP server of opamp-go that tests drive Edge with: built from server/, where Go and its
// modules are.

import { mkdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

const SOURCES = join(import.meta.dir, "server");
const WAIT_MS = 10_000;

/** Path of the program, or why there is none. Modules are not loaded from anywhere. */
export function buildPeer(): { readonly path: string } | { readonly why: string } {
  const go = Bun.which("go");
  if (go === null) return { why: "Go is not installed" };
  const folder = join(tmpdir(), `edge-e2e-${userInfo().uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "opamp-peer");
  const built = Bun.spawnSync([go, "build", "-mod=readonly", "-o", path, "."], {
    cwd: SOURCES,
    env: { ...process.env, GOFLAGS: "", GOPROXY: "off", GOTOOLCHAIN: "local" },
    stdout: "ignore",
    stderr: "pipe",
  });
  if (built.success) return { path };
  const [line = ""] = built.stderr.toString().split("\n");
  return { why: `opamp-go cannot be built (${line}); "go mod download" in test/e2e/opamp/server` };
}

/** What an agent has told, the last of each part. */
export interface Agent {
  readonly messages: number;
  readonly capabilities: number;
  readonly description: Readonly<Record<string, string>>;
  readonly healthy: boolean;
  readonly last_error: string;
  readonly status: string;
  readonly status_error: string;
  readonly hash: string;
  readonly effective: Readonly<Record<string, string>> | null;
  readonly statuses: readonly string[];
  readonly gaps: number;
  readonly disconnected: boolean;
  readonly authorization: string;
}

export interface Entry {
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

export class Peer {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #opamp: string;
  readonly #control: string;

  private constructor(child: Bun.Subprocess<"pipe", "pipe", "inherit">, line: string) {
    // Printed by server/main.go.
    const { opamp, control } = JSON.parse(line) as { opamp: string; control: string };
    this.#child = child;
    this.#opamp = opamp;
    this.#control = `http://${control}`;
  }

  static async start(path: string): Promise<Peer> {
    const child = Bun.spawn([path], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes("\n")) break;
    }
    return new Peer(child, text.slice(0, text.indexOf("\n")));
  }

  urlOf(scheme: "http" | "ws"): string {
    return `${scheme}://${this.#opamp}/v1/opamp`;
  }

  async offer(hash: string, entries: Readonly<Record<string, Entry>>): Promise<void> {
    const given = Object.entries(entries).map(([name, { contentType, body }]) => [
      name,
      { content_type: contentType, body: Buffer.from(body).toString("base64") },
    ]);
    const body = JSON.stringify({ hash, entries: Object.fromEntries(given) });
    const answer = await fetch(`${this.#control}/offer`, { method: "POST", body });
    if (!answer.ok) throw new Error(`the offer was refused: ${await answer.text()}`);
  }

  /** As a server that starts anew: it knows no agent. */
  async forget(): Promise<void> {
    await fetch(`${this.#control}/forget`, { method: "POST" });
  }

  async agents(): Promise<readonly Agent[]> {
    const answer = await fetch(`${this.#control}/agents`);
    return Object.values((await answer.json()) as Record<string, Agent>);
  }

  /** The only agent, as soon as it fits; throws with what it is when that does not come. */
  async agent(fits: (agent: Agent) => boolean): Promise<Agent> {
    const endMs = performance.now() + WAIT_MS;
    for (;;) {
      const all = await this.agents();
      const [agent] = all;
      if (agent !== undefined && all.length === 1 && fits(agent)) return agent;
      if (performance.now() > endMs) throw new Error(`it did not come: ${JSON.stringify(all)}`);
      await new Promise((resolve) => void setImmediate(resolve));
    }
  }

  async stop(): Promise<void> {
    await this.#child.stdin.end();
    await this.#child.exited;
  }
}
