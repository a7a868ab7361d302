// What waits in the kernel while the program is busy, as the system itself tells it.

import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LISTEN_BACKLOG } from "../../src/core/limits.ts";
import { yieldToLoop } from "../../src/system/index.ts";
import { Http1Server, type Http1ServerOptions } from "../../src/server/http1/http1-server.ts";

const SOMAXCONN = "/proc/sys/net/core/somaxconn";
/** What the runtime asks for. */
const RUNTIME_BACKLOG = 512;
const isLinux = process.platform === "linux";
const isMissing = !isLinux || Bun.which("ss") === null;
const why = isMissing ? "; skipped: needs Linux and ss" : "";

function listen(where: Http1ServerOptions["where"]): Http1Server {
  return new Http1Server({
    where,
    tls: undefined,
    headTimeoutMs: 10_000,
    idleTimeoutMs: 10_000,
    answer: () => new Response(),
    failed: () => new Response(null, { status: 500 }),
    metTls: () => undefined,
    timedOut: () => undefined,
    refused: () => undefined,
    metHttp2: () => {
      throw new Error("no HTTP/2 comes here");
    },
  });
}

/** The third column of a socket that listens is how many may wait. */
function backlogOf(kind: "-t" | "-x", name: string): number | undefined {
  const lines = Bun.spawnSync(["ss", "-lnH", kind]).stdout.toString().split("\n");
  const words = lines.map((line) => line.trim().split(/\s+/)).find((all) => all.includes(name));
  const column = kind === "-t" ? 2 : 3;
  return words === undefined ? undefined : Number(words[column]);
}

test.skipIf(isMissing)(`as many connections wait as the system allows${why}`, async () => {
  const most = Math.min(LISTEN_BACKLOG, Number(readFileSync(SOMAXCONN, "utf8")));
  const folder = mkdtempSync(join(tmpdir(), "edge-backlog-"));
  const unix = join(folder, "socket");
  const tcp = listen({ hostname: "127.0.0.1", port: 0, isShared: false });
  const local = listen({ unix });
  try {
    // It is set beside the start.
    while (backlogOf("-x", unix) === RUNTIME_BACKLOG) await yieldToLoop();
    expect(backlogOf("-t", `127.0.0.1:${tcp.port}`)).toBe(most);
    expect(backlogOf("-x", unix)).toBe(most);
  } finally {
    tcp.abort();
    local.abort();
    rmSync(folder, { recursive: true });
  }
});
