// OTLP bodies through the compiled executable: every coding, answers of the upstream, and how much
// memory a very large body takes.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as zlib from "node:zlib";
import { concat, len, text } from "../core/protobuf/pb.ts";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import { type Program, startProgram, WHERE } from "../support/e2e-program.ts";

const BUILD_TIMEOUT_MS = 120_000;
const MIB = 1024 * 1024;
const POLICIES = {
  policies: [
    {
      id: "drop-debug",
      name: "n",
      log: { match: [{ log_field: "severity_text", equals: "DEBUG" }], keep: "none" },
    },
    {
      id: "edit-audit",
      name: "n",
      log: {
        match: [{ log_field: "severity_text", equals: "AUDIT" }],
        keep: "all",
        transform: { redact: [{ log_field: "body", replacement: "-" }] },
      },
    },
  ],
};

interface Taken {
  readonly encoding: string | null;
  readonly bytes: number;
  /** SHA-256 of the body, which itself is not kept. */
  readonly digest: string;
  /** The body, when it is a small one. */
  readonly body: Uint8Array | undefined;
}
interface Answer {
  readonly body: Uint8Array;
  readonly headers: Record<string, string>;
}

/** An upstream that answers what it is told to. */
class Upstream {
  readonly taken: Taken[] = [];
  answer: Answer = { body: new Uint8Array(0), headers: {} };
  private readonly server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    maxRequestBodySize: 256 * MIB,
    fetch: (request) => this.take(request),
  });

  get url(): string {
    return `http://127.0.0.1:${this.server.port}`;
  }
  stop(): Promise<void> {
    return this.server.stop(true);
  }

  private async take(request: Request): Promise<Response> {
    const hash = createHash("sha256");
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for await (const piece of request.body ?? []) {
      hash.update(piece);
      bytes += piece.length;
      if (bytes < MIB) pieces.push(piece);
    }
    const body = bytes < MIB ? concat(...pieces) : undefined;
    const encoding = request.headers.get("content-encoding");
    this.taken.push({ encoding, bytes, digest: hash.digest("hex"), body });
    return new Response(this.answer.body.slice(), { headers: this.answer.headers });
  }
}

async function start(upstream: Upstream): Promise<Program> {
  const config = {
    listen_port: 0,
    log_format: "json",
    upstream_url: upstream.url,
    max_body_size: 128 * MIB,
    max_decoded_bytes: 128 * MIB,
    policy_providers: [{ type: "file", id: "local", path: "policies.json" }],
  };
  const program = await startProgram("edge-otlp", {
    files: {
      "config-otlp.json": JSON.stringify(config),
      "policies.json": JSON.stringify(POLICIES),
    },
  });
  await program.line((line) => (line.includes('"policies.replaced"') ? line : undefined));
  return program;
}

function post(url: string, type: string, body: Uint8Array, encoding?: string): Promise<Response> {
  const headers: Record<string, string> = { "content-type": type };
  if (encoding !== undefined) headers["content-encoding"] = encoding;
  return fetch(`${url}/v1/logs`, {
    method: "POST",
    headers,
    body: body.slice(),
    decompress: false,
  });
}

const encoder = new TextEncoder();
interface Format {
  readonly name: string;
  readonly type: string;
  readonly record: (severity: string, body: string) => Uint8Array;
  readonly request: (records: readonly Uint8Array[]) => Uint8Array;
}
const FORMATS: readonly Format[] = [
  {
    name: "JSON",
    type: "application/json",
    record: (severity, body) =>
      encoder.encode(`{"severityText":"${severity}","body":{"stringValue":"${body}"}}`),
    request: (records) => {
      const comma = encoder.encode(",");
      const joined = records.flatMap((record, i) => (i === 0 ? [record] : [comma, record]));
      const frame = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[|]}]}]}'.split("|");
      return concat(encoder.encode(frame[0]), ...joined, encoder.encode(frame[1]));
    },
  },
  {
    name: "protobuf",
    type: "application/x-protobuf",
    record: (severity, body) => len(2, text(3, severity), len(5, text(1, body))),
    request: (records) => len(1, len(2, concat(...records))),
  },
];

type Recode = (bytes: Uint8Array) => Uint8Array;
const CODINGS: readonly (readonly [name: string, coding: string, Recode, Recode])[] = [
  ["identity", "identity", (bytes) => bytes, (bytes) => bytes],
  ["gzip", "gzip", (bytes) => zlib.gzipSync(bytes), (bytes) => zlib.gunzipSync(bytes)],
  ["zlib", "deflate", (bytes) => zlib.deflateSync(bytes), (bytes) => zlib.inflateSync(bytes)],
  ["raw", "deflate", (bytes) => zlib.deflateRawSync(bytes), (bytes) => zlib.inflateRawSync(bytes)],
  [
    "zstd",
    "zstd",
    (bytes) => zlib.zstdCompressSync(bytes),
    (bytes) => zlib.zstdDecompressSync(bytes),
  ],
];

describe.skipIf(!hasEntryPoint("edge-otlp"))(`bodies, executable ${WHERE}`, () => {
  let upstream: Upstream;
  let program: Program;
  let url: string;

  beforeAll(async () => {
    upstream = new Upstream();
    await executable("edge-otlp");
    program = await start(upstream);
    url = await program.url();
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await program[Symbol.asyncDispose]();
    await upstream.stop();
  });

  for (const { name, type, record, request } of FORMATS) {
    const body = request([record("DEBUG", "a"), record("INFO", "b"), record("AUDIT", "c")]);
    const left = request([record("INFO", "b"), record("AUDIT", "-")]);

    for (const [how, coding, encode, decode] of CODINGS) {
      test(`${name} in ${coding} (${how}) leaves in the same coding`, async () => {
        const response = await post(url, type, new Uint8Array(encode(body)), coding);
        expect(response.status).toBe(200);
        const taken = upstream.taken.at(-1)!;
        expect(taken.encoding).toBe(coding);
        expect(Uint8Array.from(decode(taken.body!))).toEqual(Uint8Array.from(left));
      });
    }

    test(`${name}: the upstream's partial success reaches the client as it is`, async () => {
      const json = '{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"quota"}}';
      const bytes = len(1, new Uint8Array([8, 2]), text(2, "quota"));
      const said = type.endsWith("json") ? encoder.encode(json) : bytes;
      const packed = new Uint8Array(zlib.gzipSync(said));
      upstream.answer = {
        body: packed,
        headers: { "content-type": type, "content-encoding": "gzip" },
      };
      const response = await post(url, type, body);
      expect([response.headers.get("content-type"), await response.bytes()]).toEqual([
        type,
        packed,
      ]);
      upstream.answer = { body: new Uint8Array(0), headers: {} };
    });

    test(`${name}: everything dropped is answered in the request's encoding`, async () => {
      const before = upstream.taken.length;
      const response = await post(url, `${type}; x=y`, request([record("DEBUG", "a")]));
      expect([response.status, response.headers.get("content-type")]).toEqual([200, type]);
      expect(await response.text()).toBe(type.endsWith("json") ? "{}" : "");
      expect(upstream.taken.length).toBe(before);
    });
  }
});

/** The most memory that a process has held so far. */
function peakMib(pid: number): number {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return Math.round(Number(kib) / 1024);
}
function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const BODY_MIB = 64;
/** The body, half of it as output, and the same again for what sockets and the collector hold. */
const GROWTH_MIB_MAX = 2 * (BODY_MIB + BODY_MIB / 2);

describe.skipIf(!hasEntryPoint("edge-otlp") || process.platform !== "linux")(
  `a request of ${BODY_MIB} MiB`,
  () => {
    beforeAll(() => executable("edge-otlp"), BUILD_TIMEOUT_MS);

    for (const { name, type, record, request } of FORMATS) {
      const message = "a line of a log that somebody wrote, ".repeat(12);
      const pair = [record("DEBUG", message), record("INFO", message)];
      const pairBytes = pair[0]!.length + pair[1]!.length;
      const count = Math.floor((BODY_MIB * MIB) / (pairBytes + 2)) - 1;

      async function peaks(body: Uint8Array, encoding?: string): Promise<[number, number, Taken]> {
        const upstream = new Upstream();
        const program = await start(upstream);
        try {
          const url = await program.url();
          await post(url, type, request(pair));
          const idle = peakMib(program.pid);
          const { status } = await post(url, type, body, encoding);
          expect(status).toBe(200);
          return [idle, peakMib(program.pid), upstream.taken.at(-1)!];
        } finally {
          await program[Symbol.asyncDispose]();
          await upstream.stop();
        }
      }

      for (const encoding of [undefined, "gzip"]) {
        test(`in ${name}, ${encoding ?? "identity"}, takes the body and the output`, async () => {
          const body = request(Array.from({ length: count }, () => pair).flat());
          const left = digestOf(request(Array.from({ length: count }, () => pair[1]!)));
          const sent = encoding === "gzip" ? zlib.gzipSync(body, { level: 1 }) : body;
          const [idle, peak, taken] = await peaks(new Uint8Array(sent), encoding);
          const packed = encoding === "gzip" ? taken.body! : undefined;
          expect(packed ? digestOf(zlib.gunzipSync(packed)) : taken.digest).toBe(left);
          expect(peak - idle).toBeLessThan(GROWTH_MIB_MAX);
        }, 60_000);
      }
    }
  },
);
