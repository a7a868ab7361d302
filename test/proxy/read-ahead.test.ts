// Of requests that come together on a connection that cannot serve both, none leaves.

import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listen } from "../../src/proxy/listener.ts";
import { ReadAhead } from "../../src/proxy/read-ahead.ts";
import { issueCertificates } from "../support/proxy-certificates.ts";
import { ProxyHarness } from "../support/proxy-harness.ts";
import { RawClient } from "../support/raw-client.ts";

const post = (path: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nkeep`;

for (const path of ["/lines", "/raw"]) {
  test(`two to ${path} in one write: the connection ends, and the upstream sees neither`, async () => {
    const harness = await ProxyHarness.start();
    try {
      expect(await harness.raw(post(path) + post(path))).toMatchObject({ text: "" });
      const { text } = await harness.raw(post(path), (seen) => seen.includes("200"));
      expect(text).toContain("200");
      expect(harness.upstream.requests.length).toBe(1);
    } finally {
      await harness.stop();
    }
  });
}

test("two in one write over TLS: the connection ends, and neither has left", async () => {
  const folder = mkdtempSync(join(tmpdir(), "edge-read-ahead-"));
  const { cert, key } = issueCertificates(folder).server;
  const readAhead = new ReadAhead();
  const left: string[] = [];
  let came = 0;
  const listener = await listen({
    target: { kind: "tcp", host: "127.0.0.1", port: 0 },
    tls: { cert, key, clientCa: undefined },
    idleTimeoutMs: 30_000,
    fetch: async (request) => {
      came++;
      const text = await request.text();
      await readAhead.over(request);
      left.push(text);
      return new Response(text);
    },
  });
  const connect = () =>
    RawClient.connectTls({ host: "127.0.0.1", port: listener.port, rejectUnauthorized: false });
  try {
    using both = (await connect()).write(post("/a") + post("/b"));
    expect(await both.ended()).toBe("closed");
    using one = (await connect()).write(post("/c"));
    expect((await one.answer()).body).toBe("keep");
    expect([came, left, both.seen]).toEqual([2, ["keep"], ""]);
  } finally {
    await listener.abort();
    rmSync(folder, { recursive: true });
  }
});
