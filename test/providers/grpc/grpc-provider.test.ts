// Policies from a control plane over gRPC: what is called, what is taken, and what a failure does.
// All that is the same over HTTP is held by the tests of that.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { fromBinary, fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { join } from "node:path";
import { framed, GRPC, statusDetails } from "../../../src/core/grpc/index.ts";
import { GRPC_RESPONSE_BYTES_MAX, SYNC_RESPONSE_BYTES_MAX } from "../../../src/core/limits.ts";
import {
  type SyncRequest,
  SyncRequestSchema,
  SyncResponseSchema,
} from "../../../src/proto/index.ts";
import { grpcFetch } from "../../../src/providers/grpc/grpc-fetch.ts";
import type { HttpProviderOptions } from "../../../src/providers/index.ts";
import {
  type BackendCall,
  GrpcBackend,
  type Respond,
  withHead,
  withStatus,
} from "../../support/grpc/backend.ts";
import { dropOf, policySetBytes } from "../../policy/wire/policy-set.ts";
import { status } from "../fake-host.ts";
import { HttpProviderSetup } from "../http/http-provider-setup.ts";
import { syncResponse } from "../http/stub-control-plane.ts";

let at: HttpProviderSetup;
let plane: GrpcBackend;
beforeEach(async () => {
  at = new HttpProviderSetup();
  plane = await GrpcBackend.start();
  plane.respond = withMessage(syncResponse(["a"]));
});
afterEach(async () => {
  await plane.stop();
  await at.close();
});

/** Answers with a message, and status 0 behind it. `more`: fields behind those of the message. */
function withMessage(document: object, more: Uint8Array = new Uint8Array(0)): Respond {
  const message = fromJson(SyncResponseSchema, document as JsonValue);
  const body = framed(new Uint8Array([...toBinary(SyncResponseSchema, message), ...more]));
  return ({ stream }) => {
    stream.respond(
      { ":status": 200, "content-type": "application/grpc" },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": 0 }));
    stream.end(body);
  };
}

function options(more: Partial<HttpProviderOptions> = {}): Partial<HttpProviderOptions> {
  const limits = { timeoutMs: 10_000, responseBytesMax: SYNC_RESPONSE_BYTES_MAX };
  return {
    url: `grpc://127.0.0.1:${plane.port}`,
    encoding: "protobuf",
    fetch: grpcFetch(limits),
    ...more,
  };
}

const requestOf = ({ body }: BackendCall): SyncRequest =>
  fromBinary(SyncRequestSchema, body.subarray(5));

describe("a sync", () => {
  test("is a call with the headers as metadata, of who this is and what it has", async () => {
    at.host.statuses = [status("a", 3, { misses: 1 })];
    const provider = await at.first("offer a", options());
    expect([provider.kind, provider.source]).toEqual(["grpc", `grpc://127.0.0.1:${plane.port}`]);
    const [call] = plane.calls;
    expect(call?.path).toBe("/tero.policy.v1.PolicyService/Sync");
    expect(call?.fields).toMatchObject({
      ":method": "POST",
      "content-type": "application/grpc",
      te: "trailers",
      authorization: "Bearer s3cret-token",
      "grpc-timeout": "10000m",
    });
    expect(call?.fields["accept"]).toBeUndefined();
    const request = requestOf(call!);
    expect(request.fullSync).toBe(true);
    expect(request.clientMetadata?.supportedPolicyStages).toEqual([1, 2, 3, 4]);
    expect(request.policyStatuses).toMatchObject([{ id: "a", matchHits: 3n, matchMisses: 1n }]);

    await at.afterWait("unchanged");
    const second = requestOf(plane.calls[1]!);
    expect([second.fullSync, second.lastSuccessfulHash]).toEqual([false, "hash of a"]);
    expect(second.policyStatuses).toEqual([]);
    await provider.stop(1000);
  });

  test("has a connection of its own, which ends with it", async () => {
    const provider = await at.first("offer a", options());
    await at.afterWait("unchanged");
    expect(plane.sessions).toHaveLength(2);
    await Promise.all(
      plane.sessions.map(
        (session) =>
          new Promise<void>((resolve) => {
            if (session.destroyed) resolve();
            else session.once("close", () => resolve());
          }),
      ),
    );
    await provider.stop(1000);
    // The last counts.
    expect(plane.calls).toHaveLength(3);
  });

  test("may bring policies of both dialects", async () => {
    plane.respond = withMessage(syncResponse(["a"]), policySetBytes(dropOf("o")));
    const provider = await at.first("offer a,o", options());
    const { policies = [] } = at.host.sets[0] ?? {};
    expect(policies.map(({ target, errors }) => [target?.dialect, errors])).toEqual([
      [undefined, []],
      ["otel", []],
    ]);
    await provider.stop(1000);
  });

  test("sends credentials of the URL as a header", async () => {
    const url = `grpc://user:pass@127.0.0.1:${plane.port}`;
    const provider = await at.first("offer a", options({ url, headers: [] }));
    expect(plane.calls[0]?.fields["authorization"]).toBe(`Basic ${btoa("user:pass")}`);
    expect(provider.source).toBe(`grpc://***@127.0.0.1:${plane.port}`);
    await provider.stop(1000);
  });
});

describe("a failure is told, and its counts are not sent again", () => {
  test.each<[string, Respond, string]>([
    [
      "no credentials",
      withStatus(GRPC.unauthenticated, { "grpc-message": "no%20key" }),
      "gRPC status 16 (no key); check the credentials in the provider's headers",
    ],
    [
      "no such service",
      withHead({ "content-type": "application/grpc", "grpc-status": GRPC.unimplemented }),
      "gRPC status 12; the server has no tero.policy.v1.PolicyService, check the provider's url",
    ],
    ["out of order", withStatus(GRPC.internal), "gRPC status 13"],
    ["no gRPC", withHead({ ":status": 404 }), "no gRPC, but HTTP status 404"],
    ["no message", withStatus(GRPC.ok), "the response holds no policies, hash or timestamp"],
    ["an error message", withMessage({ hash: "x", errorMessage: "out" }), "reports: out"],
    ["a reset", ({ stream }) => stream.close(2), "cannot be reached (ECONNRESET)"],
    [
      "two messages",
      ({ stream }) => {
        stream.respond({ ":status": 200 }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": 0 }));
        stream.end(new Uint8Array(12));
      },
      "the response is no single message",
    ],
  ])("%s", async (_what, respond, reason) => {
    plane.respond = respond;
    at.host.statuses = [status("a", 3)];
    const provider = await at.first("failed", options());
    expect(at.host.told[0]).toContain(reason);
    plane.respond = withMessage(syncResponse(["a"]));
    await at.afterWait("offer a");
    expect(plane.calls.map((call) => requestOf(call).policyStatuses.length)).toEqual([1, 0]);
    await provider.stop(1000);
  });

  test("nobody there", async () => {
    const own = options();
    await plane.stop();
    await at.first("failed", own);
    expect(at.host.told[0]).toContain("cannot be reached (ECONNREFUSED)");
    plane = await GrpcBackend.start();
  });

  test("a response beyond the bound", async () => {
    const fetch = grpcFetch({ timeoutMs: 1000, responseBytesMax: 10 });
    await at.first("failed", options({ fetch }));
    expect(at.host.told[0]).toContain("the response is larger than what is read at most");
  });

  test("no answer in time, after which nothing is left of the call", async () => {
    plane.respond = () => undefined;
    const told = at.host.next("failed");
    const provider = at.providerOf(options({ timeoutMs: 1000 }));
    provider.start(at.host);
    while (plane.calls.length === 0) await new Promise((resolve) => void setImmediate(resolve));
    const [session] = plane.sessions;
    const closed = new Promise<void>((resolve) => void session!.once("close", () => resolve()));
    at.clock.advance(1000);
    await Promise.all([told, closed]);
    expect(at.host.told[0]).toContain("no answer within 1000 ms (timeout_ms)");
  });

  test("RetryInfo says when the next try is", async () => {
    const info = statusDetails({ code: GRPC.unavailable, message: "", retryAfterS: 120 });
    const details = Buffer.from(info).toString("base64");
    plane.respond = withStatus(GRPC.unavailable, { "grpc-status-details-bin": details });
    await at.first("failed", options());
    expect(at.clock.pendingMs).toEqual([120_000]);
  });
});

test("the last good response is kept for the next start", async () => {
  const cachePath = join(at.folder, "cache");
  const first = await at.first("offer a", options({ cachePath }));
  await first.stop(1000);
  plane.respond = withStatus(GRPC.unavailable);
  await at.first("failed", options({ cachePath }));
  expect(at.host.news.slice(-2)).toEqual(["offer a", expect.stringContaining("gRPC status 14")]);
});

test("a response may be larger than one to telemetry", async () => {
  const ids = Array.from({ length: 50_000 }, (_, index) => `policy ${index} ${"x".repeat(60)}`);
  const document = syncResponse(ids);
  plane.respond = withMessage(document);
  const message = fromJson(SyncResponseSchema, document as JsonValue);
  expect(toBinary(SyncResponseSchema, message).length).toBeGreaterThan(GRPC_RESPONSE_BYTES_MAX);
  const provider = await at.first("offer policy 0", options());
  expect(at.host.sets[0]?.policies).toHaveLength(ids.length);
  await provider.stop(1000);
});
