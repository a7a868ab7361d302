// Policies from a control plane over gRPC, on grpc-js, through the compiled executable: in the
// clear and over TLS, with one and several workers; counts add up to what was sent, the last ones
// included.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { create, fromBinary, fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
} from "@grpc/grpc-js";
import {
  type SyncRequest,
  SyncRequestSchema,
  type SyncResponse,
  SyncResponseSchema,
} from "../../../src/proto/index.ts";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { startProgram, WHERE } from "../../support/e2e-program.ts";
import { type Recorder, startUpstream } from "../../support/e2e-upstream.ts";
import { type Certificates, issueCertificates } from "../../support/proxy-certificates.ts";
import { syncResponse } from "../../providers/http/stub-control-plane.ts";

const BUILD_TIMEOUT_MS = 120_000;

const SERVICE: ServiceDefinition = {
  sync: {
    path: "/tero.policy.v1.PolicyService/Sync",
    requestStream: false,
    responseStream: false,
    requestSerialize: (value: SyncRequest) => Buffer.from(toBinary(SyncRequestSchema, value)),
    requestDeserialize: (bytes: Buffer) => fromBinary(SyncRequestSchema, bytes),
    responseSerialize: (value: SyncResponse) => Buffer.from(toBinary(SyncResponseSchema, value)),
    responseDeserialize: (bytes: Buffer) => fromBinary(SyncResponseSchema, bytes),
  },
};

interface Asked {
  readonly request: SyncRequest;
  readonly key: unknown;
}

class ControlPlane {
  readonly asked: Asked[] = [];
  isAway = false;
  readonly #server = new Server();
  port = 0;

  static async start(credentials: ServerCredentials): Promise<ControlPlane> {
    const plane = new ControlPlane();
    const policies = fromJson(SyncResponseSchema, syncResponse(["a"]) as JsonValue);
    const sync: handleUnaryCall<SyncRequest, SyncResponse> = ({ request, metadata }, answer) => {
      plane.asked.push({ request, key: metadata.get("x-api-key") });
      if (plane.isAway) {
        answer({ code: status.UNAVAILABLE, details: "away", metadata: new Metadata() });
      } else answer(null, create(SyncResponseSchema, policies));
    };
    plane.#server.addService(SERVICE, { sync });
    plane.port = await new Promise<number>((resolve, reject) => {
      plane.#server.bindAsync("127.0.0.1:0", credentials, (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
    return plane;
  }

  get hits(): number {
    const statuses = this.asked.flatMap(({ request }) => request.policyStatuses);
    return statuses.reduce((sum, { matchHits }) => sum + Number(matchHits), 0);
  }

  stop(): void {
    this.#server.forceShutdown();
  }
}

describe.skipIf(!hasEntryPoint("edge"))(`policies over gRPC, executable ${WHERE}`, () => {
  let folder: string;
  let certificates: Certificates;
  let upstream: Recorder;
  beforeAll(async () => {
    await executable("edge");
    folder = mkdtempSync(join(tmpdir(), "edge-grpc-sync-"));
    certificates = issueCertificates(folder);
    upstream = startUpstream();
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await upstream[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  async function sendLogs(url: string, records: number): Promise<void> {
    const logRecords = Array.from({ length: records }, () => ({ body: { stringValue: "x" } }));
    const answer = await fetch(new URL("/v1/logs", url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
    });
    expect(answer.status).toBe(200);
  }

  test.each([
    ["in the clear, one worker", false, 1],
    ["over TLS, two workers", true, 2],
  ] as const)("%s: in force, counted, kept while it is away", async (_what, isTls, workers) => {
    const { cert, key } = certificates.server;
    const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) };
    const plane = await ControlPlane.start(
      isTls ? ServerCredentials.createSsl(null, [pair]) : ServerCredentials.createInsecure(),
    );
    const config = {
      listen_port: 0,
      worker_count: workers,
      log_format: "json",
      upstream_url: upstream.url,
      policy_providers: [
        {
          type: "grpc",
          url: isTls ? `grpcs://127.0.0.1:${plane.port}` : `grpc://127.0.0.1:${plane.port}`,
          headers: [{ name: "X-Api-Key", value: "secret-key" }],
        },
      ],
    };
    const files = { "config.json": JSON.stringify(config), "ca.pem": certificates.ca };
    const env = isTls ? { NODE_EXTRA_CA_CERTS: "ca.pem" } : {};
    await using own = await startProgram("edge", { files, args: ["config.json"], env });
    const url = await own.url();
    await own.line((line) => (line.includes('"policies.complete"') ? line : undefined));
    expect(plane.asked[0]?.key).toEqual(["secret-key"]);

    const before = upstream.received.length;
    await sendLogs(url, 5);
    const reload = async () => fetch(new URL("/_edge/reload", url), { method: "POST" });
    expect((await reload()).status).toBe(200);
    expect(plane.asked.at(-1)?.request.lastSuccessfulHash).toBe("hash of a");

    plane.isAway = true;
    const failed = await reload();
    expect(failed.status).toBe(502);
    expect(await failed.text()).toContain("gRPC status 14 (away)");
    await sendLogs(url, 7);
    plane.isAway = false;

    own.signal("SIGTERM");
    expect(await own.exited).toBe(0);
    expect(plane.hits).toBe(12);
    expect(upstream.received).toHaveLength(before);
    expect(own.output).not.toContain("secret-key");
    plane.stop();
  });
});
