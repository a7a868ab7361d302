// Upstreams over TLS, and the proxies of the environment, in front of the compiled executable: whom
// it trusts, what it shows, and what is said when that fails.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { type Certificates, issueCertificates } from "../../support/proxy-certificates.ts";
import { RawEdge } from "../../support/raw-edge.ts";
import { RecordingUpstream, rawResponse } from "../../support/recording-upstream.ts";

const BUILD_TIMEOUT_MS = 120_000;
const REFUSED = {
  'edge_responses_total{known_path="other",status_class="s5xx"}': 1,
  'edge_upstream_errors_total{upstream="default",phase="connect"}': 1,
};

describe.skipIf(!hasEntryPoint("edge"))("an upstream over TLS", () => {
  let folder = "";
  let made: Certificates;
  let other: Certificates;
  /** Asks for a certificate. */
  let strict: RecordingUpstream;
  let open: RecordingUpstream;

  beforeAll(async () => {
    await executable("edge");
    folder = mkdtempSync(join(tmpdir(), "edge-tls-"));
    made = issueCertificates(folder);
    other = issueCertificates(mkdtempSync(join(folder, "other-")));
    const { cert, key } = made.server;
    open = await RecordingUpstream.start({ cert, key });
    const asking = { ca: made.ca, requestCert: true, rejectUnauthorized: true };
    strict = await RecordingUpstream.start({ cert, key, ...asking });
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await open.stop();
    await strict.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(
    url: string,
    tls: Record<string, unknown>,
    env: Record<string, string> = {},
  ): Promise<RawEdge> {
    const { client } = made;
    return RawEdge.start({
      config: { upstream_url: url, upstream_tls: tls },
      files: {
        "ca.pem": made.ca,
        "other.pem": other.ca,
        "cert.pem": client.cert,
        "key.pem": client.key,
        "strange-cert.pem": other.client.cert,
        "strange-key.pem": other.client.key,
      },
      env,
    });
  }
  const CLIENT = { cert_file: "cert.pem", key_file: "key.pem" };

  test("is trusted by the given authority, and shown the given certificate", async () => {
    await using edge = await start(strict.url, { ca_file: "ca.pem", ...CLIENT });
    const answer = await fetch(`${edge.url}/v1/x`, { method: "POST", body: "hello" });
    expect([answer.status, await answer.text()]).toEqual([200, "ok"]);
    expect([strict.last.target, strict.last.body.toString()]).toEqual(["/v1/x", "hello"]);
  });

  describe("with NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment", () => {
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: "0" };

    test("is checked against a given authority all the same", async () => {
      const before = open.requests.length;
      await using edge = await start(open.url, { ca_file: "other.pem" }, env);
      expect((await fetch(edge.url, { method: "POST", body: "secret" })).status).toBe(502);
      expect(open.requests.length).toBe(before);
      expect(edge.program.output).not.toContain("REJECT_UNAUTHORIZED");
    });

    test("is believed without one, which is told at the start and on the status page", async () => {
      await using edge = await start(open.url, CLIENT, env);
      expect((await fetch(edge.url, { method: "POST", body: "b" })).status).toBe(200);
      expect(edge.program.output).toContain(
        `warning: NODE_TLS_REJECT_UNAUTHORIZED=0: whoever answers for ${open.url}`,
      );
      const status = await fetch(`${edge.url}/_edge/status?format=json`);
      expect(await status.json()).toMatchObject({
        tls_unverified: [expect.stringContaining(open.url)],
      });
    });
  });

  const failures: readonly [string, () => string, Record<string, unknown>, RegExp][] = [
    ["is not trusted by the system", () => open.url, {}, /^no trusted TLS with https:/],
    [
      "is signed by another authority",
      () => open.url,
      { ca_file: "other.pem" },
      /^no trusted TLS with https:/,
    ],
    [
      "has a certificate for another name",
      () => open.url.replace("127.0.0.1", "[::ffff:127.0.0.1]"),
      { ca_file: "ca.pem" },
      /^no trusted TLS with https:.*ALTNAME/,
    ],
  ];
  for (const [name, url, tls, message] of failures) {
    test(`that ${name} is sent nothing: 502`, async () => {
      await using edge = await start(url(), tls);
      const before = open.requests.length;
      await edge.mark();
      const answer = await fetch(edge.url, { method: "POST", body: "secret" });
      expect(answer.status).toBe(502);
      expect(await answer.json()).toEqual({
        error: "upstream_unreachable",
        message: expect.stringMatching(message),
      });
      expect(open.requests.length).toBe(before);
      expect(await edge.counts(REFUSED)).toEqual(REFUSED);
    });
  }

  const strangers: readonly [string, Record<string, unknown>][] = [
    ["no certificate", {}],
    ["one of another authority", { cert_file: "strange-cert.pem", key_file: "strange-key.pem" }],
  ];
  for (const [name, tls] of strangers) {
    test(`that asks for a certificate and is shown ${name}: 502`, async () => {
      await using edge = await start(strict.url, { ca_file: "ca.pem", ...tls });
      const before = strict.requests.length;
      const answer = await fetch(edge.url, { method: "POST", body: "secret" });
      expect([answer.status, strict.requests.length]).toEqual([502, before]);
    });
  }

  test("that speaks no TLS: 502", async () => {
    const plain = net.createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    });
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
    const { port } = plain.address() as net.AddressInfo;
    await using edge = await start(`https://127.0.0.1:${port}`, { ca_file: "ca.pem" });
    await edge.mark();
    const answer = await fetch(edge.url);
    expect(answer.status).toBe(502);
    expect(await answer.json()).toEqual({
      error: "upstream_unreachable",
      message: `no trusted TLS with https://127.0.0.1:${port} (EPROTO)`,
    });
    expect(await edge.counts(REFUSED)).toEqual(REFUSED);
    await new Promise<void>((resolve) => plain.close(() => resolve()));
  });

  test("that never ends its handshake: 504", async () => {
    const silent = net.createServer((socket) => socket.on("error", () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as net.AddressInfo;
    await using edge = await RawEdge.start({
      config: {
        upstream_url: `https://127.0.0.1:${port}`,
        upstream_timeouts: { connect_ms: 100, first_byte_ms: 200 },
      },
    });
    await edge.mark();
    const answer = await fetch(edge.url);
    expect([answer.status, await answer.json()]).toEqual([
      504,
      {
        error: "upstream_timeout",
        message: `https://127.0.0.1:${port} did not answer within 200 ms`,
      },
    ]);
    const counts = {
      'edge_responses_total{known_path="other",status_class="s5xx"}': 1,
      'edge_upstream_errors_total{upstream="default",phase="first_byte"}': 1,
    };
    expect(await edge.counts(counts)).toEqual(counts);
    await new Promise<void>((resolve) => silent.close(() => resolve()));
  });

  describe("behind a proxy of the environment", () => {
    /** Tunnels that the proxy was asked for. */
    const asked: string[] = [];
    let proxy: net.Server;
    let proxyUrl = "";
    beforeAll(async () => {
      proxy = net.createServer((socket) => tunnel(socket, asked));
      await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
      proxyUrl = `http://127.0.0.1:${(proxy.address() as net.AddressInfo).port}`;
    });
    afterAll(() => new Promise<void>((resolve) => proxy.close(() => resolve())));

    test("is reached through a tunnel", async () => {
      await using edge = await start(open.url, { ca_file: "ca.pem" }, { HTTPS_PROXY: proxyUrl });
      expect(await (await fetch(edge.url)).text()).toBe("ok");
      expect(asked.splice(0)).toEqual([`CONNECT ${new URL(open.url).host} HTTP/1.1`]);
    });

    test("is reached without it when NO_PROXY names it", async () => {
      const env = { HTTPS_PROXY: proxyUrl, NO_PROXY: "127.0.0.1" };
      await using edge = await start(open.url, { ca_file: "ca.pem" }, env);
      expect(await (await fetch(edge.url)).text()).toBe("ok");
      expect(asked.splice(0)).toEqual([]);
    });

    test("is not reached around a proxy that is not there: 502", async () => {
      const env = { HTTPS_PROXY: "http://127.0.0.1:1" };
      await using edge = await start(open.url, { ca_file: "ca.pem" }, env);
      const before = open.requests.length;
      const answer = await fetch(edge.url);
      expect([answer.status, open.requests.length]).toEqual([502, before]);
      const { host } = new URL(open.url);
      expect(await answer.json()).toEqual({
        error: "upstream_unreachable",
        message: `cannot connect to https://${host}, or to the proxy that the environment names (ECONNREFUSED)`,
      });
    });

    test("is not reached around a proxy that refuses: 502", async () => {
      const refusing = await RecordingUpstream.start();
      refusing.respond = () => rawResponse(403);
      const env = { HTTPS_PROXY: refusing.url };
      await using edge = await start(open.url, { ca_file: "ca.pem" }, env);
      const before = open.requests.length;
      const answer = await fetch(edge.url);
      expect([answer.status, open.requests.length]).toEqual([502, before]);
      expect(await answer.json()).toMatchObject({ error: "upstream_unreachable" });
      const counts = {
        'edge_responses_total{known_path="other",status_class="s5xx"}': 1,
        'edge_upstream_errors_total{upstream="default",phase="connect"}': 1,
      };
      expect(await edge.counts(counts)).toEqual(counts);
      await refusing.stop();
    });
  });
});

/** What a proxy does with CONNECT, and nothing else. */
function tunnel(socket: net.Socket, asked: string[]): void {
  socket.on("error", () => undefined);
  socket.once("data", (piece) => {
    const [line = ""] = piece.toString("latin1").split("\r\n", 1);
    asked.push(line);
    const [, host = "", port = ""] = /^CONNECT ([^:]+):(\d+) /.exec(line) ?? [];
    const target = net.connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(target).pipe(socket);
    });
    target.on("error", () => socket.destroy());
    socket.on("close", () => target.destroy());
  });
}
