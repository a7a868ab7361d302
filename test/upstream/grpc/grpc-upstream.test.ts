// Requests of OTLP over HTTP to an upstream that speaks gRPC: what is sent, what comes back, and
// what becomes of them when the upstream fails in each of its ways.

import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import * as http2 from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { fromBinary } from "@bufbuild/protobuf";
import { framed, GRPC, readStatusDetails, statusDetails } from "../../../src/core/grpc/index.ts";
import { ExportLogsServiceRequestSchema } from "../../../src/proto/index.ts";
import type { UpstreamClientOptions } from "../../../src/upstream/upstream-client.ts";
import { LOGS } from "../../support/grpc/client.ts";
import { GrpcBackend, withHead, withStatus } from "../../support/grpc/backend.ts";
import { issueCertificates } from "../../support/proxy-certificates.ts";
import { clientOf, PROTOBUF, send } from "../../support/grpc/upstream.ts";

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function start(options: Partial<UpstreamClientOptions> = {}, more?: http2.Settings) {
  const backend = await GrpcBackend.start(more === undefined ? {} : { settings: more });
  closing.push(() => backend.stop());
  const { upstream, bus } = clientOf(`grpc://127.0.0.1:${backend.port}`, options);
  return { backend, upstream, bus };
}

const JSON_TYPE = { "content-type": "application/json" };

describe("a request", () => {
  test("is a call with its body as the message, byte for byte, and its headers as metadata", async () => {
    const { backend, upstream } = await start();
    const headers = { ...PROTOBUF, "x-tenant": "a", "content-length": "3", accept: "*/*" };
    const response = await send(upstream, Uint8Array.of(1, 2, 3), headers);
    expect([response.status, await response.bytes()]).toEqual([200, new Uint8Array(0)]);
    expect(response.headers.get("content-type")).toBe("application/x-protobuf");
    const [call] = backend.calls;
    expect(call?.path).toBe(LOGS);
    expect([...(call?.body ?? [])]).toEqual([...framed(Uint8Array.of(1, 2, 3))]);
    const { ":authority": authority, ...fields } = call?.fields ?? {};
    expect(authority).toBe(`127.0.0.1:${backend.port}`);
    expect(Object.fromEntries(Object.entries(fields))).toEqual({
      ":method": "POST",
      ":path": LOGS,
      ":scheme": "http",
      "content-type": "application/grpc",
      "grpc-timeout": "5000m",
      te: "trailers",
      "user-agent": "edge",
      "x-tenant": "a",
    });
  });

  test("that is compressed stays so", async () => {
    const { backend, upstream } = await start();
    const packed = gzipSync(Uint8Array.of(7, 7, 7));
    for (const coding of ["gzip", " X-GZIP "]) {
      await send(upstream, packed, { ...PROTOBUF, "content-encoding": coding });
    }
    for (const { fields, body } of backend.calls) {
      expect([fields["grpc-encoding"], body[0]]).toEqual(["gzip", 1]);
      expect([...gunzipSync(body.subarray(5))]).toEqual([7, 7, 7]);
    }
    expect(backend.calls).toHaveLength(2);
  });

  test("has its client's deadline when that is the shorter one", async () => {
    const { backend, upstream } = await start();
    for (const timeout of ["2S", "20S", "odd"]) {
      await send(upstream, null, { ...PROTOBUF, "grpc-timeout": timeout });
    }
    const sent = backend.calls.map(({ fields }) => fields["grpc-timeout"]);
    expect(sent).toEqual(["2000m", "5000m", "5000m"]);
  });

  test("goes to the method of its path, whatever stands before that", async () => {
    const { backend, upstream } = await start();
    for (const target of ["/v1/traces", "/otlp/v1/metrics?x=1", "//v1/logs/"]) {
      await send(upstream, null, PROTOBUF, target);
    }
    expect(backend.calls.map(({ path }) => path.split(".")[3])).toEqual([
      "trace",
      "metrics",
      "logs",
    ]);
  });

  test("that is a stream is a whole message", async () => {
    const { backend, upstream } = await start();
    const body = new Blob(["abc", "def"]).stream();
    expect((await send(upstream, body)).status).toBe(200);
    expect(backend.calls[0]?.body.subarray(5).toString()).toBe("abcdef");
  });

  test("without a method for it is refused with what there is", async () => {
    const { backend, upstream } = await start();
    for (const [target, method] of [
      ["/api/v2/logs", "POST"],
      ["/v1/logs", "GET"],
    ] as const) {
      const response = await send(upstream, null, JSON_TYPE, target, method);
      expect([response.status, await response.json()]).toEqual([
        501,
        {
          code: 12,
          message: `the upstream speaks gRPC, which has nothing for ${method} ${target}; it takes POST /v1/logs, POST /v1/metrics, POST /v1/traces`,
        },
      ]);
    }
    expect(backend.calls).toEqual([]);
  });
});

describe("JSON", () => {
  const logs = (record: string): Uint8Array =>
    Buffer.from(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[${record}]}]}]}`);

  test("is written anew in protobuf: ids from hex, whole numbers exact, unknown members left behind", async () => {
    const { backend, upstream } = await start();
    const record = `{"traceId":"5B8EFFF798038103D269B633813FC60C","timeUnixNano":1544712660300000001,
      "severityNumber":"SEVERITY_NUMBER_ERROR","body":{"intValue":9007199254740993},"novel":{"a":1}}`;
    const response = await send(upstream, gzipSync(logs(record)), {
      ...JSON_TYPE,
      "content-encoding": "gzip",
    });
    expect([response.status, await response.text()]).toEqual([200, "{}"]);
    const [call] = backend.calls;
    expect(call?.fields["grpc-encoding"]).toBeUndefined();
    const sent = fromBinary(ExportLogsServiceRequestSchema, call?.body.subarray(5) ?? Buffer.of());
    const [log] = sent.resourceLogs[0]?.scopeLogs[0]?.logRecords ?? [];
    expect(log?.timeUnixNano).toBe(1544712660300000001n);
    expect(log?.body?.value).toEqual({ case: "intValue", value: 9007199254740993n });
    expect([log?.severityNumber, Buffer.from(log?.traceId ?? []).toString("hex")]).toEqual([
      17,
      "5b8efff798038103d269b633813fc60c",
    ]);
  });

  test("with a byte order mark is the document behind it", async () => {
    const { backend, upstream } = await start();
    const response = await send(upstream, Buffer.from('\uFEFF{"resourceLogs":[]}'), JSON_TYPE);
    expect([response.status, backend.calls.length]).toEqual([200, 1]);
  });

  const BAD: readonly (readonly [string, string, number])[] = [
    ["that is none", "{", 400],
    ["whose ids are no hex", logs('{"traceId":"xx"}').toString(), 400],
    ["of another shape", '{"resourceLogs":"x"}', 400],
  ];
  for (const [what, text, status] of BAD) {
    test(`${what} is refused, and its client told why`, async () => {
      const { backend, upstream } = await start();
      const response = await send(upstream, Buffer.from(text), JSON_TYPE);
      expect([response.status, await response.json()]).toMatchObject([status, { code: 3 }]);
      expect(backend.calls).toEqual([]);
    });
  }

  test("is answered in JSON, what the upstream says of a part included", async () => {
    const { backend, upstream } = await start();
    // partial_success {rejected_log_records: 2, error_message: "no"}
    const said = Uint8Array.of(10, 6, 8, 2, 18, 2, 110, 111);
    backend.respond = ({ stream }) => {
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": 0 }));
      stream.end(framed(said));
    };
    const response = await send(upstream, Buffer.from("{}"), JSON_TYPE);
    expect(await response.json()).toEqual({
      partialSuccess: { rejectedLogRecords: "2", errorMessage: "no" },
    });
    const inProtobuf = await send(upstream, null);
    expect(await inProtobuf.bytes()).toEqual(said);
  });
});

describe("a status", () => {
  const retryIn = (seconds: number): http2.OutgoingHttpHeaders => {
    const details = statusDetails({ code: 8, message: "later", retryAfterS: seconds });
    return { "grpc-status-details-bin": Buffer.from(details).toString("base64") };
  };
  const CASES: readonly (readonly [number, http2.OutgoingHttpHeaders, number, string | null])[] = [
    [GRPC.invalidArgument, {}, 400, null],
    [GRPC.unauthenticated, {}, 401, null],
    [GRPC.permissionDenied, {}, 403, null],
    [GRPC.unimplemented, {}, 501, null],
    [GRPC.internal, {}, 500, null],
    [GRPC.unavailable, {}, 503, null],
    [GRPC.unavailable, retryIn(30), 503, "30"],
    [GRPC.resourceExhausted, {}, 413, null],
    [GRPC.resourceExhausted, retryIn(2), 429, "2"],
    [GRPC.deadlineExceeded, {}, 504, null],
    [GRPC.aborted, {}, 503, null],
    [99, {}, 500, null],
  ];
  for (const [code, fields, httpStatus, retryAfter] of CASES) {
    test(`${code} is ${httpStatus}${retryAfter === null ? "" : `, again after ${retryAfter} s`}`, async () => {
      const { backend, upstream } = await start();
      for (const respond of [withStatus, headOnly]) {
        backend.respond = respond(code, { ...fields, "grpc-message": "f%C3%BCr" });
        const response = await send(upstream, null);
        expect([response.status, response.headers.get("retry-after")]).toEqual([
          httpStatus,
          retryAfter,
        ]);
        expect(readStatusDetails(await response.bytes())).toMatchObject({ code, message: "für" });
      }
    });
  }

  function headOnly(status: number, fields: http2.OutgoingHttpHeaders) {
    return withHead({ "content-type": "application/grpc", "grpc-status": status, ...fields });
  }

  test("of a proxy on the way that speaks no gRPC is handed on", async () => {
    const { backend, upstream } = await start();
    backend.respond = withHead({ ":status": 502, "content-type": "text/html" });
    expect((await send(upstream, null)).status).toBe(502);
  });
});

describe("an upstream that", () => {
  test("is not there is a failure to connect, and is tried again a moment later", async () => {
    const gone = await GrpcBackend.start();
    const { port } = gone;
    await gone.stop();
    let nowMs = 0;
    const { upstream, bus } = clientOf(`grpc://127.0.0.1:${port}`, { nowMs: () => nowMs });
    const failed = send(upstream, null);
    expect(failed).rejects.toMatchObject({ code: "upstream_unreachable", phase: "connect" });
    await failed.catch(() => undefined);
    expect(bus.of("upstream.failed")[0]?.reason).toContain(`grpc://127.0.0.1:${port}`);
    const backend = await GrpcBackend.start({ port });
    closing.push(() => backend.stop());
    await Bun.sleep(0);
    nowMs += 10_000;
    const again = async (): Promise<number> => {
      for (;;) {
        const response = await send(upstream, null).catch(() => undefined);
        if (response !== undefined) return response.status;
      }
    };
    expect(await again()).toBe(200);
  });

  test("ends its connections is met with a new one, and no request is lost", async () => {
    const { backend, upstream, bus } = await start();
    await send(upstream, null);
    let calls = 0;
    backend.respond = (call) => {
      if (++calls === 1) call.stream.session?.destroy();
      else withStatus(0)(call);
    };
    expect((await send(upstream, Uint8Array.of(1))).status).toBe(200);
    expect(bus.of("upstream.failed").map(({ retried }) => retried)).toEqual([true]);
  });

  test("tells its clients to go is left, and the calls on their way are answered", async () => {
    const { backend, upstream } = await start();
    const waiting = Promise.withResolvers<() => void>();
    backend.respond = (call) => waiting.resolve(() => withStatus(0)(call));
    const slow = send(upstream, null);
    const answer = await waiting.promise;
    backend.sessions[0]?.goaway();
    backend.respond = withStatus(0);
    const statuses = new Set<number>();
    while (backend.sessions.length < 2) statuses.add((await send(upstream, null)).status);
    expect([...statuses]).toEqual([200]);
    answer();
    expect((await slow).status).toBe(200);
  });

  test("does not answer in time is a failure of that, and its connection is looked at", async () => {
    const timeouts = { connectMs: 5000, firstByteMs: 20, idleMs: 5000 };
    const { backend, upstream } = await start({ timeouts });
    backend.respond = () => undefined;
    const failed = send(upstream, null);
    expect(failed).rejects.toMatchObject({ code: "upstream_timeout", phase: "first_byte" });
    await failed.catch(() => undefined);
    backend.respond = withStatus(0);
    expect((await send(upstream, null)).status).toBe(200);
  });

  test("ends its answer without a status is a failure", async () => {
    const { backend, upstream } = await start();
    backend.respond = ({ stream }) => {
      stream.respond({ ":status": 200 });
      stream.end();
    };
    expect(send(upstream, null)).rejects.toMatchObject({ code: "upstream_failed" });
  });

  test("takes few calls at once gets no more, and all are answered", async () => {
    const { backend, upstream } = await start({}, { maxConcurrentStreams: 2 });
    let active = 0;
    let most = 0;
    backend.respond = (call) => {
      most = Math.max(most, ++active);
      setImmediate(() => {
        active--;
        withStatus(0)(call);
      });
    };
    const statuses = await Promise.all(
      Array.from({ length: 100 }, async () => (await send(upstream, null)).status),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(most).toBeLessThanOrEqual(2 * 16);
    expect(backend.sessions.length).toBeLessThanOrEqual(16);
  });
});

test("TLS: the authority of the configuration is trusted, and a client certificate shown", async () => {
  const folder = mkdtempSync(join(tmpdir(), "edge-grpc-"));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  const { ca, server, client } = issueCertificates(folder);
  const { cert, key } = server;
  const tls = { cert, key, ca, requestCert: true, rejectUnauthorized: true };
  const backend = await GrpcBackend.start({ tls });
  closing.push(() => backend.stop());
  const url = `grpcs://127.0.0.1:${backend.port}`;
  const trusted = clientOf(url, { tls: { ca, cert: client.cert, key: client.key } });
  expect((await send(trusted.upstream, null)).status).toBe(200);
  const untrusting = clientOf(url);
  expect(send(untrusting.upstream, null)).rejects.toMatchObject({ code: "upstream_unreachable" });
});
