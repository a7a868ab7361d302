// Certificate files that change: what is put in use, what is not, and what the log says.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventBus } from "../../src/o11y/index.ts";
import type { ListenTlsPem } from "../../src/server/listener.ts";
import { TlsFiles } from "../../src/server/tls-files.ts";
import { type Certificates, issueCertificates } from "../support/proxy-certificates.ts";

interface Timer {
  readonly delayMs: number;
  readonly run: () => void;
  cancelled: boolean;
}

let issued = "";
let folder = "";
let made: Certificates;
let files: TlsFiles;
let applied: ListenTlsPem[] = [];
let logged: [string, string][] = [];
let timers: Timer[] = [];
let failure: Error | undefined;

const path = (name: string): string => join(folder, name);
const text = (name: string): string => readFileSync(path(name), "utf8");

beforeAll(() => {
  issued = mkdtempSync(join(tmpdir(), "edge-tls-issued-"));
  made = issueCertificates(issued);
});
afterAll(() => rmSync(issued, { recursive: true, force: true }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "edge-tls-files-"));
  copyFileSync(made.server.certFile, path("cert.pem"));
  copyFileSync(made.server.keyFile, path("key.pem"));
  copyFileSync(made.caFile, path("clients.pem"));
  applied = [];
  logged = [];
  timers = [];
  failure = undefined;
  const read = (): ListenTlsPem => ({
    cert: text("cert.pem"),
    key: text("key.pem"),
    clientCa: text("clients.pem"),
  });
  const bus = new EventBus();
  bus.onAny((event, fields) => {
    const { reason = "", fingerprint = "" } = fields as Record<string, string>;
    logged.push([event, reason || (fingerprint && "with its fingerprint")]);
  });
  files = new TlsFiles({
    files: {
      certFile: path("cert.pem"),
      keyFile: path("key.pem"),
      clientCaFile: path("clients.pem"),
    },
    inUse: read(),
    read,
    apply: async (pem) => {
      if (failure !== undefined) throw failure;
      await Promise.resolve();
      applied.push(pem);
    },
    bus,
    schedule: (delayMs, run) => {
      const timer: Timer = { delayMs, run, cancelled: false };
      timers.push(timer);
      return () => {
        timer.cancelled = true;
      };
    },
  });
});
afterEach(() => {
  files.stop();
  rmSync(folder, { recursive: true, force: true });
});

function replacePair(): void {
  copyFileSync(made.client.certFile, path("cert.pem"));
  copyFileSync(made.client.keyFile, path("key.pem"));
}

test("the same content is not put in use again", async () => {
  copyFileSync(made.server.certFile, path("cert.pem"));
  await files.reload();
  expect([applied, logged]).toEqual([[], []]);
});

test("another pair is put in use, once", async () => {
  replacePair();
  expect(await Promise.all([files.reload(), files.reload()])).toEqual([
    { changed: true },
    { changed: false },
  ]);
  expect(applied.map(({ cert, key }) => [cert, key])).toEqual([
    [made.client.cert, made.client.key],
  ]);
  // The certificates of the test end soon.
  expect(logged).toEqual([
    ["tls.reloaded", "with its fingerprint"],
    ["tls.expires_soon", "with its fingerprint"],
  ]);
});

test("other authorities for clients alone are put in use", async () => {
  copyFileSync(made.client.certFile, path("clients.pem"));
  await files.reload();
  expect(applied.map(({ clientCa }) => clientCa)).toEqual([made.client.cert]);
});

describe("a pair that cannot be used stays out, is told once, and is taken when it is whole", () => {
  const cases: readonly [string, () => void, RegExp][] = [
    [
      "half of it replaced",
      () => copyFileSync(made.client.certFile, path("cert.pem")),
      /^tls\.key_file is not the key of the certificate in tls\.cert_file$/,
    ],
    [
      "no certificate",
      () => writeFileSync(path("cert.pem"), ""),
      /^tls\.cert_file holds no usable/,
    ],
    [
      "no key",
      () => writeFileSync(path("key.pem"), "-----BEGIN"),
      /^tls\.key_file holds no usable/,
    ],
    [
      "no authority",
      () => writeFileSync(path("clients.pem"), "x"),
      /^tls\.client_ca_file holds no/,
    ],
    ["a file gone", () => rmSync(path("key.pem")), /ENOENT/],
  ];
  for (const [name, breakIt, reason] of cases) {
    test(name, async () => {
      breakIt();
      await files.reload();
      await files.reload();
      expect(applied).toEqual([]);
      expect(logged).toEqual([["tls.reload_failed", expect.stringMatching(reason)]]);
      copyFileSync(made.caFile, path("clients.pem"));
      replacePair();
      await files.reload();
      expect(applied.length).toBe(1);
    });
  }

  test("the listener refuses it", async () => {
    failure = new Error("the socket is gone");
    replacePair();
    await files.reload();
    expect(logged).toEqual([["tls.reload_failed", "the socket is gone"]]);
  });
});

test("they are looked at again and again, and not after the stop", async () => {
  await files.start();
  expect(timers.map(({ delayMs }) => delayMs)).toEqual([10_000]);
  replacePair();
  timers[0]!.run();
  await Promise.resolve();
  await Promise.resolve();
  expect(applied.length).toBe(1);
  files.stop();
  expect(timers.map(({ cancelled }) => cancelled).at(-1)).toBe(true);
});
