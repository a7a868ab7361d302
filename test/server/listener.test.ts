// The socket: addresses of each kind, TLS, what cannot be bound, what no handler sees.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tls from "node:tls";
import {
  BindError,
  type Listener,
  type ListenerOptions,
  listen,
} from "../../src/server/listener.ts";
import { rawExchange } from "../support/proxy-harness.ts";
import { type Certificates, issueCertificates } from "../support/proxy-certificates.ts";

const open: Listener[] = [];
const folders: string[] = [];

async function start(options: Partial<ListenerOptions>): Promise<Listener> {
  const listener = await listen({
    target: { kind: "tcp", host: "127.0.0.1", port: 0 },
    idleTimeoutMs: 30_000,
    fetch: () => new Response("hello"),
    ...options,
  });
  open.push(listener);
  return listener;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "edge-listener-"));
  folders.push(path);
  return path;
}

afterEach(async () => {
  for (const listener of open.splice(0)) await listener.abort();
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

test("a body of a hundred thousand chunks comes whole, and the request behind it is answered", async () => {
  const lengthOf = async (request: Request) => `${(await request.text()).length}`;
  const { port } = await start({ fetch: async (request) => new Response(await lengthOf(request)) });
  const head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n";
  const many = `${head}\r\n${"1\r\na\r\n".repeat(100_000)}0\r\n\r\n`;
  const last = `${head}Connection: close\r\n\r\n1\r\nb\r\n0\r\n\r\n`;
  const { text: answers } = await rawExchange(port, `${many}${last}`, () => false);
  expect(answers.split("HTTP/1.1 200 OK").map((text) => text.split("\r\n\r\n")[1])).toEqual([
    undefined,
    "100000",
    "1",
  ]);
});

describe("listens", () => {
  test("on an IPv4 address, on a port that the system chooses", async () => {
    const { url, port } = await start({});
    expect(port).toBeGreaterThan(0);
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(await (await fetch(url)).text()).toBe("hello");
  });

  test("on an IPv6 address", async () => {
    const { url, port } = await start({ target: { kind: "tcp", host: "::1", port: 0 } });
    expect(url).toBe(`http://[::1]:${port}`);
    expect(await (await fetch(url)).text()).toBe("hello");
  });

  test("on a unix socket, and again where one was left over", async () => {
    const path = join(folder(), "edge.sock");
    const first = await start({ target: { kind: "unix", path } });
    expect(first.url).toBe(`unix:${path}`);
    expect(await (await fetch("http://x/", { unix: path })).text()).toBe("hello");
    await first.abort();
    // What a killed process leaves behind: a socket file that nobody listens on.
    const script = `require("net").createServer().listen(process.argv[1],()=>process.kill(process.pid,9))`;
    Bun.spawnSync([process.execPath, "-e", script, path]);
    const second = await start({ target: { kind: "unix", path } });
    expect(await (await fetch("http://x/", { unix: path })).text()).toBe("hello");
    expect(second.port).toBe(0);
  });

  test("with TLS, and asks for client certificates when it has an authority for them", async () => {
    const { ca, server, client } = issueCertificates(folder());
    const tls = { cert: server.cert, key: server.key, clientCa: ca };
    const { url, port } = await start({ tls });
    expect(url).toBe(`https://127.0.0.1:${port}`);
    const withClient = await fetch(url, { tls: { ca, cert: client.cert, key: client.key } });
    expect(await withClient.text()).toBe("hello");
    expect(fetch(url, { tls: { ca } })).rejects.toThrow();
  });
});

describe("a certificate that is replaced", () => {
  let issued = "";
  let made: Certificates;
  beforeAll(() => {
    issued = mkdtempSync(join(tmpdir(), "edge-listener-tls-"));
    made = issueCertificates(issued);
  });
  afterAll(() => rmSync(issued, { recursive: true, force: true }));

  /** The subject that a new connection is shown. */
  function shown(port: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = tls.connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      });
      socket.on("error", reject);
    });
  }

  test("is shown to new connections, while what is in flight is answered", async () => {
    const { server, client } = made;
    const reached = Promise.withResolvers<void>();
    const held = Promise.withResolvers<Response>();
    const listener = await start({
      tls: { cert: server.cert, key: server.key, clientCa: undefined },
      fetch: () => {
        reached.resolve();
        return held.promise;
      },
    });
    expect(await shown(listener.port)).toBe("server");
    const inFlight = fetch(listener.url, { tls: { rejectUnauthorized: false } });
    await reached.promise;
    await listener.replaceTls?.({ cert: client.cert, key: client.key, clientCa: undefined });
    expect([await shown(listener.port), await shown(listener.port)]).toEqual(["client", "client"]);
    expect(listener.pending).toBe(1);
    held.resolve(new Response("late"));
    expect(await (await inFlight).text()).toBe("late");
  });

  test("lets no client ask again on a connection that is closed behind its answer", async () => {
    const { server, client } = made;
    const reached = Promise.withResolvers<void>();
    const held = Promise.withResolvers<Response>();
    const listener = await start({
      tls: { cert: server.cert, key: server.key, clientCa: undefined },
      fetch: (request) => {
        if (!request.url.endsWith("/held")) return new Response("at once");
        reached.resolve();
        return held.promise;
      },
    });
    const ask = async (path: string): Promise<string | null> => {
      const url = new URL(path, listener.url);
      const response = await fetch(url, { tls: { rejectUnauthorized: false }, keepalive: false });
      return response.headers.get("connection");
    };
    const kept = await ask("/before");
    const inFlight = ask("/held");
    await reached.promise;
    await listener.replaceTls?.({ cert: client.cert, key: client.key, clientCa: undefined });
    held.resolve(new Response("late"));
    expect([kept, await inFlight, await ask("/after")]).toEqual([null, "close", null]);
  });

  test("stays when the new one cannot be used", async () => {
    const { server, client } = made;
    const listener = await start({
      tls: { cert: server.cert, key: server.key, clientCa: undefined },
    });
    const broken = { cert: client.cert, key: server.key, clientCa: undefined };
    expect(listener.replaceTls?.(broken)).rejects.toThrow("KEY_VALUES_MISMATCH");
    expect(await shown(listener.port)).toBe("server");
  });

  test("leaves the port to nobody else", async () => {
    const { server } = made;
    const pem = { cert: server.cert, key: server.key, clientCa: undefined };
    const { port } = await start({ tls: pem });
    const target = { kind: "tcp", host: "127.0.0.1", port } as const;
    expect(start({ target, tls: pem })).rejects.toThrow("it is in use");
    expect(start({ target })).rejects.toThrow("it is in use");
  });

  test("is nothing that plain HTTP has", async () => {
    expect((await start({})).replaceTls).toBeUndefined();
  });
});

describe("what cannot be bound is an error that says what to do", () => {
  async function failure(options: Partial<ListenerOptions>): Promise<BindError> {
    const error = await start(options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof BindError)) throw new Error(`no BindError: ${String(error)}`);
    return error;
  }

  test("a port in use", async () => {
    const { port } = await start({});
    const target = { kind: "tcp", host: "127.0.0.1", port } as const;
    const { message, where, cure } = await failure({ target });
    expect([message, where, cure]).toEqual([
      `cannot listen on 127.0.0.1:${port}: it is in use`,
      `127.0.0.1:${port}`,
      "stop what listens there or choose another",
    ]);
  });

  test("a name that has no address", async () => {
    const { message } = await failure({
      target: { kind: "tcp", host: "nowhere.invalid", port: 0 },
    });
    expect(message).toBe("cannot listen on nowhere.invalid:0: the name has no address");
  });

  test("a unix socket that somebody listens on, which is left alone", async () => {
    const path = join(folder(), "edge.sock");
    const other = net.createServer();
    await new Promise<void>((resolve) => other.listen(path, resolve));
    const { message } = await failure({ target: { kind: "unix", path } });
    expect(message).toBe(`cannot listen on unix:${path}: it is in use`);
    await new Promise<void>((resolve) => other.close(() => resolve()));
  });

  test("a path that holds a file of another kind, which is left alone", async () => {
    const path = join(folder(), "precious");
    writeFileSync(path, "data");
    await failure({ target: { kind: "unix", path } });
    expect(await Bun.file(path).text()).toBe("data");
  });

  test("TLS without a usable key", async () => {
    const tls = { cert: "no cert", key: "no key", clientCa: undefined };
    const { message, cure } = await failure({ tls });
    expect(message).toStartWith("cannot listen on 127.0.0.1:0: ");
    expect(cure).toBe("check listen_address, listen_port and tls");
  });
});

describe("what no handler can see", () => {
  const cases: readonly [string, string, string][] = [
    ["no Host", "GET / HTTP/1.1\r\n\r\n", "400"],
    ["no HTTP", "hello\r\n\r\n", "400"],
    ["17 KiB of headers", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"v".repeat(17_000)}\r\n\r\n`, "431"],
    [
      "two framings",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      "400",
    ],
  ];
  for (const [name, text, status] of cases) {
    test(`${name} is ${status}`, async () => {
      const fetch = (request: Request): Response => new Response(request.url);
      const { port } = await start({ fetch });
      const answer = await rawExchange(port, text, (seen) => seen.includes("\r\n\r\n"));
      expect(answer.text).toStartWith(`HTTP/1.1 ${status} `);
    });
  }

  test("an error that nobody caught shows the client nothing of itself", async () => {
    const { url } = await start({
      fetch: () => {
        throw new Error("secret detail");
      },
    });
    const response = await fetch(url);
    expect([response.status, await response.json()]).toEqual([
      500,
      { error: "internal_error", message: "the proxy failed on this request" },
    ]);
  });
});

test("draining answers what is in flight and takes nothing new", async () => {
  let answerIt = (): void => undefined;
  const reached = Promise.withResolvers<void>();
  const held = new Promise<Response>((resolve) => {
    answerIt = () => resolve(new Response("late"));
  });
  const listener = await start({
    fetch: () => {
      reached.resolve();
      return held;
    },
  });
  const inFlight = fetch(listener.url);
  await reached.promise;
  expect(listener.pending).toBe(1);
  const drained = listener.drain();
  expect(fetch(listener.url, { keepalive: false })).rejects.toThrow();
  answerIt();
  expect(await (await inFlight).text()).toBe("late");
  await drained;
  expect(listener.pending).toBe(0);
});
