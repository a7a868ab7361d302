// What is posted, and what becomes of it by the answer: over real sockets.

import { afterEach, describe, expect, test } from "bun:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { gunzipSync } from "node:zlib";
import { encodeUtf8 } from "../../../src/core/utf8.ts";
import { ExportLogsServiceResponseSchema } from "../../../src/proto/index.ts";
import { HeaderChanges } from "../../../src/upstream/header-changes.ts";
import { OtlpClient, type OtlpClientOptions } from "../../../src/upstream/otlp/index.ts";
import { rawResponse, RecordingUpstream } from "../../support/recording-upstream.ts";

const open: RecordingUpstream[] = [];
afterEach(async () => {
  for (const upstream of open.splice(0)) await upstream.stop();
});

async function upstreamOf(
  status: number,
  headers: Record<string, string> = {},
  body: string | Uint8Array = "",
): Promise<RecordingUpstream> {
  const upstream = await RecordingUpstream.start();
  open.push(upstream);
  upstream.respond = () => rawResponse(status, headers, Buffer.from(body));
  return upstream;
}

const REQUEST = encodeUtf8("request ".repeat(100));

function clientOf(url: string, more: Partial<OtlpClientOptions> = {}): OtlpClient {
  return new OtlpClient({
    url,
    userAgent: "test/1",
    compression: "none",
    timeoutMs: 5000,
    ...more,
  });
}

describe("a request", () => {
  test("is posted in protobuf, with credentials of the URL, and its own name", async () => {
    const upstream = await upstreamOf(200);
    const url = upstream.url.replace("http://", "http://jane:pass%20word@");
    const client = clientOf(`${url}/v1/logs?key=k`);
    expect(await client.post(REQUEST)).toEqual({ kind: "accepted", rejected: 0, message: "" });
    const { body, headers, method, target } = upstream.last;
    const named = (wanted: string) => headers.find(([name]) => name === wanted)?.[1];
    expect([method, target, body.equals(REQUEST)]).toEqual(["POST", "/v1/logs?key=k", true]);
    expect(["content-type", "user-agent", "authorization", "content-encoding"].map(named)).toEqual([
      "application/x-protobuf",
      "test/1",
      `Basic ${btoa("jane:pass word")}`,
      undefined,
    ]);
  });

  test("has the headers that were asked for, as they are at the moment", async () => {
    const upstream = await upstreamOf(200);
    const url = upstream.url.replace("http://", "http://jane:word@");
    const rule = { value: undefined, valueFile: undefined, upstreams: ["default"] } as const;
    const rules = [
      { ...rule, name: "x-tenant", action: "set" },
      { ...rule, name: "user-agent", action: "set" },
      { ...rule, name: "authorization", action: "remove" },
    ] as const;
    const changes = new HeaderChanges(rules, ["a", "mine", undefined]);
    const client = clientOf(url, { changes });
    const sent = async (): Promise<unknown[]> => {
      await client.post(REQUEST);
      const all = new Map(upstream.last.headers);
      return ["x-tenant", "user-agent", "authorization"].map((name) => all.get(name));
    };
    expect(await sent()).toEqual(["a", "mine", undefined]);
    changes.use(rules, ["b", "mine", undefined]);
    expect(await sent()).toEqual(["b", "mine", undefined]);
  });

  test("is compressed where that is asked for", async () => {
    const upstream = await upstreamOf(200);
    await clientOf(upstream.url, { compression: "gzip" }).post(REQUEST);
    const { body, headers } = upstream.last;
    expect(headers.find(([name]) => name === "content-encoding")?.[1]).toBe("gzip");
    expect([gunzipSync(body).equals(REQUEST), body.length < 200]).toEqual([true, true]);
  });
});

describe("an answer", () => {
  test.each([429, 502, 503, 504])("%d asks for another attempt", async (status) => {
    const upstream = await upstreamOf(status, { "retry-after": "7" });
    expect(await clientOf(upstream.url).post(REQUEST)).toEqual({
      kind: "retry",
      reason: `${upstream.url}/ answered ${status}`,
      askedMs: 7000,
    });
  });

  test.each([
    [400, ""],
    [401, "; check the credentials"],
    [404, "; check the path of the URL"],
    [413, "; the backend takes smaller requests only"],
    [307, "; redirects are not followed, give the final URL"],
    [500, ""],
    [501, ""],
  ])("%d refuses for good", async (status, cure) => {
    const upstream = await upstreamOf(status, status === 307 ? { location: "/x" } : {});
    expect(await clientOf(upstream.url).post(REQUEST)).toEqual({
      kind: "refused",
      reason: `${upstream.url}/ answered ${status}${cure}`,
    });
  });

  const partialSuccess = { rejectedLogRecords: 3n, errorMessage: "too old\u0007" };
  const answer = create(ExportLogsServiceResponseSchema, { partialSuccess });
  const inProtobuf = toBinary(ExportLogsServiceResponseSchema, answer);
  const inJson = '{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"too old\\u0007"}}';
  test.each<[string, string, string | Uint8Array]>([
    ["protobuf", "application/x-protobuf", inProtobuf],
    ["JSON", "application/json; charset=utf-8", inJson],
  ])("tells what was rejected, in %s", async (_, type, body) => {
    const upstream = await upstreamOf(200, { "content-type": type }, body);
    expect(await clientOf(upstream.url).post(REQUEST)).toEqual({
      kind: "accepted",
      rejected: 3,
      message: "too old\\u0007",
    });
  });

  test.each<[string, string, string | Uint8Array]>([
    ["nothing", "application/x-protobuf", ""],
    ["half of one", "application/x-protobuf", inProtobuf.subarray(0, 5)],
    ["no JSON", "application/json", "{"],
    ["other JSON", "application/json", '{"partialSuccess":[1]}'],
    ["a negative number", "application/json", '{"partialSuccess":{"rejectedLogRecords":-1}}'],
    ["a text", "text/plain", "ok"],
    ["more than anybody reads", "application/json", `"${"x".repeat(200_000)}"`],
  ])("that is %s took everything", async (_, type, body) => {
    const upstream = await upstreamOf(200, { "content-type": type }, body);
    expect(await clientOf(upstream.url).post(REQUEST)).toMatchObject({
      kind: "accepted",
      rejected: 0,
    });
  });

  test("that does not come in time asks for another attempt", async () => {
    const upstream = await RecordingUpstream.start();
    open.push(upstream);
    upstream.respond = () => undefined;
    const answered = await clientOf(upstream.url, { timeoutMs: 20 }).post(REQUEST);
    expect(answered).toEqual({
      kind: "retry",
      reason: `${upstream.url}/: no answer within 20 ms`,
      askedMs: 0,
    });
  });

  test("of nobody asks for another attempt, and shows no secrets", async () => {
    const upstream = await RecordingUpstream.start();
    const url = upstream.url.replace("http://", "http://jane:secret@");
    await upstream.stop();
    const answered = await clientOf(`${url}/v1/logs?key=k3y`).post(REQUEST);
    expect(answered.kind).toBe("retry");
    expect(JSON.stringify(answered)).not.toMatch(/secret|k3y/);
  });
});
