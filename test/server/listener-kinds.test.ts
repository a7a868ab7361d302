// The shared suite of listeners, on each kind of socket, and what only one of them has.

import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listen, type Listener } from "../../src/server/listener.ts";
import { issueCertificates } from "../support/proxy-certificates.ts";
import { RawClient } from "../support/raw-client.ts";
import { listenerSuite } from "../suites/listener-suite.ts";

const folder = mkdtempSync(join(tmpdir(), "edge-listener-kinds-"));
const { ca, server, client } = issueCertificates(folder);
const target = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
let sockets = 0;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const connect = ({ port }: Listener): Promise<RawClient> =>
  RawClient.connect({ host: "127.0.0.1", port });
const connectTls = ({ port }: Listener, own: { cert?: string; key?: string } = {}) =>
  RawClient.connectTls({ host: "127.0.0.1", port, ca, ...own });

listenerSuite("TCP", { open: (options) => listen({ ...options, target }), connect });

listenerSuite("TLS", {
  open: (options) =>
    listen({
      ...options,
      target,
      tls: { cert: server.cert, key: server.key, clientCa: undefined },
    }),
  connect: connectTls,
});

listenerSuite("TLS with client certificates", {
  open: (options) =>
    listen({ ...options, target, tls: { cert: server.cert, key: server.key, clientCa: ca } }),
  connect: (listener) => connectTls(listener, client),
});

listenerSuite("a unix socket", {
  open: (options) =>
    listen({ ...options, target: { kind: "unix", path: join(folder, `${sockets++}.sock`) } }),
  connect: ({ url }) => RawClient.connect({ path: url.slice("unix:".length) }),
});

test("a burst of connections is served, and none is lost", async () => {
  const fetch = (): Response => new Response("ok");
  const listener = await listen({ target, idleTimeoutMs: 30_000, fetch });
  try {
    const clients = await Promise.all(Array.from({ length: 900 }, () => connect(listener)));
    for (const one of clients) one.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const answers = await Promise.all(clients.map((one) => one.answer()));
    expect(answers.filter(({ status }) => status === 200).length).toBe(900);
    for (const one of clients) one.close();
  } finally {
    await listener.abort();
  }
});

test.each([
  ["a port", target, "127.0.0.1"],
  ["a unix socket", { kind: "unix", path: join(folder, "ip.sock") } as const, undefined],
])("the address of a client on %s", async (_, where, address) => {
  const listener = await listen({
    target: where,
    idleTimeoutMs: 30_000,
    fetch: (request, state) => Response.json(state.requestIP(request)?.address ?? null),
  });
  try {
    const unix = where.kind === "unix" ? { unix: where.path } : {};
    const url = where.kind === "unix" ? "http://a/" : listener.url;
    expect(await (await fetch(url, unix)).json()).toBe(address ?? null);
  } finally {
    await listener.abort();
  }
});
