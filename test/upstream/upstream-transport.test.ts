// The ways to an upstream: TLS with authorities and certificates of one's own, and the
// environment's proxies.

import { afterEach, beforeAll, afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { UpstreamTlsPem } from "../../src/upstream/fetch-transport.ts";
import { UpstreamClient } from "../../src/upstream/upstream-client.ts";
import { UpstreamError } from "../../src/pipeline/upstream-error.ts";
import { type Certificates, issueCertificates } from "../support/proxy-certificates.ts";
import { RecordingBus } from "../support/proxy-fakes.ts";
import { RecordingUpstream } from "../support/recording-upstream.ts";

const TIMEOUTS = { connectMs: 5000, firstByteMs: 5000, idleMs: 5000 };

async function send(url: string, tls?: UpstreamTlsPem): Promise<Response> {
  const bus = new RecordingBus();
  const client = new UpstreamClient({ name: "default", url, timeouts: TIMEOUTS, tls, bus });
  return client.send({
    method: "POST",
    target: "/v1/logs",
    headers: new Headers(),
    body: new TextEncoder().encode("hello"),
    bodyBytesMax: 100,
    client: undefined,
  });
}

async function failureOf(sent: Promise<Response>): Promise<UpstreamError> {
  const error = await sent.then(
    ({ status }) => status,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UpstreamError)) throw new Error(`no UpstreamError: ${String(error)}`);
  return error;
}

describe("TLS", () => {
  let folder = "";
  let made: Certificates;
  let server: Bun.Server<undefined>;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "edge-tls-"));
    made = issueCertificates(folder);
    server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      tls: { ...keyOf(made), ca: made.ca, requestCert: true, rejectUnauthorized: true },
      fetch: async (request) => new Response(`got ${await request.text()}`),
    });
  });
  afterAll(async () => {
    await server.stop(true);
    rmSync(folder, { recursive: true, force: true });
  });

  function keyOf({ server: pair }: Certificates) {
    return { cert: pair.cert, key: pair.key };
  }
  const url = (): string => `https://127.0.0.1:${server.port}`;
  const client = (): UpstreamTlsPem => ({
    ca: made.ca,
    cert: made.client.cert,
    key: made.client.key,
  });

  test("trusts the given authority and shows the given certificate", async () => {
    expect(await (await send(url(), client())).text()).toBe("got hello");
  });

  test("does not trust an unknown authority", async () => {
    const error = await failureOf(send(url(), { ...client(), ca: undefined }));
    expect([error.status, error.code, error.phase]).toEqual([
      502,
      "upstream_unreachable",
      "connect",
    ]);
    expect(error.message).toStartWith(`no trusted TLS with ${url()} (`);
  });

  test("does not trust a certificate for another name", async () => {
    const error = await failureOf(send(`https://localhost:${server.port}`, client()));
    expect([error.status, error.phase]).toEqual([502, "connect"]);
    expect(error.message).toEndWith("(ERR_TLS_CERT_ALTNAME_INVALID)");
  });
});

describe("the environment's proxy", () => {
  const NAMES = ["HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"];
  const before = new Map(NAMES.map((name) => [name, process.env[name]]));

  function environment(values: Record<string, string>): void {
    for (const name of NAMES) delete process.env[name];
    Object.assign(process.env, values);
  }
  afterEach(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  test("is used, and not for the hosts of NO_PROXY", async () => {
    const proxy = await RecordingUpstream.start();
    const upstream = await RecordingUpstream.start();
    environment({ HTTP_PROXY: proxy.url });
    expect((await send("http://nowhere.invalid")).status).toBe(200);
    expect(proxy.last.target).toBe("http://nowhere.invalid/v1/logs");
    expect(proxy.last.body.toString()).toBe("hello");
    environment({ HTTP_PROXY: proxy.url, NO_PROXY: "127.0.0.1" });
    expect((await send(upstream.url)).status).toBe(200);
    expect([proxy.requests.length, upstream.requests.length]).toEqual([1, 1]);
    await proxy.stop();
    await upstream.stop();
  });
});
