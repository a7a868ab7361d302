// Errors of the proxy's own in the words of each kind of client, wherever they are made.

import { describe, expect, test } from "bun:test";
import {
  errorResponse,
  INTERNAL,
  type LocalError,
  localErrorOf,
} from "../../src/server/local-errors.ts";
import { PoliciesMissingError } from "../../src/pipeline/policy-gate.ts";
import { NoRoomError } from "../../src/pipeline/room/room.ts";
import {
  BodyTooLargeError,
  UploadCutError,
  UpstreamError,
} from "../../src/pipeline/upstream-error.ts";
import { datadog } from "../../src/protocols/datadog/index.ts";
import { otlp } from "../../src/protocols/otlp/index.ts";
import { AdminEdge } from "../support/admin-edge.ts";
import { rawExchange } from "../support/proxy-harness.ts";

const FORMS = {
  otlp: otlp.create({}).routes[0]?.errors,
  datadog: datadog.create({}).routes[0]?.errors,
  own: undefined,
};

const DOWN: LocalError = { status: 502, code: "upstream_unreachable", message: "it is down" };

async function shapeOf(response: Response): Promise<unknown[]> {
  const { status, headers } = response;
  return [
    status,
    headers.get("content-type"),
    headers.get("retry-after"),
    Buffer.from(await response.arrayBuffer()).toString("latin1"),
  ];
}

describe("one error in each form", () => {
  const typed = (contentType: string): Headers => new Headers({ "content-type": contentType });

  test("others get JSON of our own", async () => {
    expect(await shapeOf(errorResponse(DOWN, undefined, typed("application/x-protobuf")))).toEqual([
      502,
      "application/json",
      null,
      '{"error":"upstream_unreachable","message":"it is down"}',
    ]);
  });

  test("Datadog's clients get a list of texts", async () => {
    expect(
      await shapeOf(errorResponse(DOWN, FORMS.datadog, typed("application/x-protobuf"))),
    ).toEqual([502, "application/json", null, '{"errors":["it is down"]}']);
  });

  test.each(["application/x-protobuf", "application/protobuf", "Application/Protobuf; a=b"])(
    "an OTLP client that sends %s gets a google.rpc.Status in protobuf",
    async (type) => {
      expect(await shapeOf(errorResponse(DOWN, FORMS.otlp, typed(type)))).toEqual([
        502,
        type.split(";")[0]!.toLowerCase(),
        null,
        "\x08\x0e\x12\x0ait is down",
      ]);
    },
  );

  test.each(["application/json", "application/json; charset=utf-8", "text/plain", ""])(
    "an OTLP client that sends %j gets it in JSON",
    async (type) => {
      expect(await shapeOf(errorResponse(DOWN, FORMS.otlp, typed(type)))).toEqual([
        502,
        "application/json",
        null,
        '{"code":14,"message":"it is down"}',
      ]);
    },
  );

  test("a long message has a length of two bytes, counted in UTF-8", async () => {
    const error = { ...DOWN, message: "ä".repeat(100) };
    const answer = errorResponse(error, FORMS.otlp, typed("application/protobuf"));
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect([...bytes.subarray(0, 5)]).toEqual([0x08, 14, 0x12, 0xc8, 0x01]);
    expect(new TextDecoder().decode(bytes.subarray(5))).toBe("ä".repeat(100));
    expect(answer.headers.get("content-length")).toBe("205");
  });

  test.each([
    [400, 3],
    [404, 5],
    [405, 12],
    [413, 8],
    [429, 8],
    [500, 14],
    [501, 12],
    [502, 14],
    [503, 14],
    [504, 4],
    [508, 13],
  ])("status %d is code %d", async (status, code) => {
    const answer = errorResponse({ ...DOWN, status }, FORMS.otlp, new Headers());
    expect(await answer.json()).toEqual({ code, message: "it is down" });
  });

  test.each(["otlp", "datadog", "own"] as const)(
    "429 and 503 say when to try again: %p",
    (form) => {
      const retryAfter = [429, 502, 503].map((status) =>
        errorResponse({ ...DOWN, status }, FORMS[form], new Headers()).headers.get("retry-after"),
      );
      expect(retryAfter).toEqual(["1", null, "1"]);
    },
  );
});

describe("clients of OTLP try again, and bring what was not their fault", () => {
  const OTLP_RETRIED = [429, 502, 503, 504];
  const cases: readonly [string, Error | undefined, boolean][] = [
    ["an upload that is cut for want of room", new UploadCutError(), true],
    ["too many requests", new NoRoomError("max_connections", 1), true],
    ["too many bytes", new NoRoomError("max_inflight_bytes", 1), true],
    ["before the first policies", new PoliciesMissingError("not yet"), true],
    ["an upstream that is slow", new UpstreamError("upstream_timeout", "idle", "slow"), true],
    ["an upstream that is away", new UpstreamError("upstream_failed", "send", "away"), true],
    ["a fault of the proxy's", undefined, true],
    ["a body that is too large", new BodyTooLargeError(1), false],
  ];
  test.each(cases)("%s", (_, error, isRetried) => {
    const told = error === undefined ? INTERNAL : localErrorOf(error, 1);
    const answer = told && errorResponse(told, FORMS.otlp, new Headers());
    expect(OTLP_RETRIED.includes(answer?.status ?? 0)).toBe(isRetried);
    expect(answer?.headers.get("retry-after") ?? null).toBe(answer?.status === 503 ? "1" : null);
  });

  test("the connection of an upload that is cut ends with its answer", () => {
    const told = localErrorOf(new UploadCutError(), 1);
    expect(told).toMatchObject({ status: 503, code: "upload_stalled", isLast: true });
  });

  test("an error that was not foreseen is left to its finder", () => {
    expect(localErrorOf(new RangeError("a bug"), 1)).toBeUndefined();
  });
});

describe("wherever they are made", () => {
  const OTLP = { "content-type": "application/json" };
  const read = async (response: Response): Promise<unknown> => [
    response.status,
    Object.keys((await response.json()) as object).sort(),
  ];
  const paths = [
    ["/v1/logs", ["code", "message"]],
    ["/otlp/v1/traces/", ["code", "message"]],
    ["/api/v2/logs", ["errors"]],
    ["/api/beta/sketches", ["errors"]],
    ["/x", ["error", "message"]],
  ] as const;

  test.each(paths)("a body that is too large, on %s", async (path, keys) => {
    await using edge = await AdminEdge.start({ max_body_size: 10 });
    const init = { method: "POST", headers: OTLP, body: "x".repeat(11) };
    const headers = { ...OTLP, "content-length": "11" };
    expect(await read(await edge.ask(path, { ...init, headers }))).toEqual([413, [...keys]]);
  });

  test.each(paths)("an upstream that is down, on %s", async (path, keys) => {
    await using edge = await AdminEdge.start({ upstream_url: "http://127.0.0.1:1" });
    const init = { method: "POST", headers: OTLP, body: "{}" };
    expect(await read(await edge.ask(path, init))).toEqual([502, [...keys]]);
  });

  test.each(paths)("a method that is not forwarded, on %s", async (path, keys) => {
    await using edge = await AdminEdge.start();
    const port = Number(new URL(await edge.listen()).port);
    const { text } = await rawExchange(
      port,
      `GET ${path} HTTP/1.1\r\nHost: e\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc`,
      () => false,
    );
    const [, body = ""] = text.split("\r\n\r\n");
    expect([text.slice(9, 12), Object.keys(JSON.parse(body) as object).sort()]).toEqual([
      "400",
      [...keys],
    ]);
  });

  test("what an upstream answers is relayed as it is", async () => {
    await using edge = await AdminEdge.start();
    edge.upstream.respond = () =>
      "HTTP/1.1 503 X\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nbusy";
    const answer = await edge.ask("/v1/logs", { method: "POST", headers: OTLP, body: "{}" });
    expect(await shapeOf(answer)).toEqual([503, "text/plain", null, "busy"]);
  });
});
