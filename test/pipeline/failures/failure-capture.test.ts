// Which requests are kept, what is said of them, and that every bound has its reason.

import { describe, expect, test } from "bun:test";
import {
  FAILURE_BODY_BYTES_MAX,
  FAILURE_FOLDER_LOOK_MS,
  FAILURE_QUEUE_BYTES_MAX,
  FAILURE_QUEUE_DUMPS_MAX,
} from "../../../src/core/limits.ts";
import type { Dump } from "../../../src/pipeline/failures/dump-folder.ts";
import type { FailedRequest } from "../../../src/pipeline/failures/failed-request.ts";
import { FailureCapture } from "../../../src/pipeline/failures/failure-capture.ts";
import { RecordingBus } from "../../support/proxy-fakes.ts";

const HIDDEN = {
  secrets: ["a-known-secret"],
  headers: new Set(["x-tenant", "accept"]),
  signalPaths: [
    { path: "/v1/input", methods: ["POST"], anchor: "begin" },
    { path: "/v1/logs", methods: ["POST"], anchor: "end" },
  ],
} as const;
const HEADERS = new Headers({ "content-type": "application/json" });
const FAILED: FailedRequest = {
  method: "POST",
  target: "/v1/logs",
  headers: HEADERS,
  body: null,
  telemetry: "otlp_logs",
  status: 400,
  unread: undefined,
};

type Write = (dump: Dump) => Promise<number | undefined>;

function capturing(write: Write = async () => 1) {
  const bus = new RecordingBus();
  const dumps: Dump[] = [];
  const clock = { nowMs: 0 };
  const folder = {
    write: async (dump: Dump) => {
      dumps.push(dump);
      return write(dump);
    },
  };
  const capture = new FailureCapture({ folder, hidden: HIDDEN, bus, nowMs: () => clock.nowMs });
  const reasons = (): string[] => bus.of("failure_capture.dropped").map(({ reason }) => reason);
  return { bus, dumps, clock, capture, reasons };
}

async function headOf(more: Partial<FailedRequest>): Promise<unknown> {
  const { capture, dumps } = capturing();
  capture.take({ ...FAILED, body: Buffer.from("body"), ...more });
  await capture.settled();
  return dumps.length === 0 ? undefined : JSON.parse(`${dumps[0]!.head}"}`);
}

describe("a request is kept", () => {
  test.each([400, 408, 413])("when the upstream answered %d", async (status) => {
    expect(await headOf({ status })).toMatchObject({ status, unread: null });
  });

  test.each([200, 204, 301, 401, 403, 404, 409, 412, 414, 429, 500, 503, undefined])(
    "but not when it answered %p",
    async (status) => {
      expect(await headOf({ status })).toBeUndefined();
    },
  );

  test("when policies could not read it, whatever the upstream said", async () => {
    for (const status of [200, 400, 500]) {
      expect(await headOf({ status, unread: "undecodable" })).toMatchObject({
        status,
        unread: "undecodable",
      });
    }
    expect(await headOf({ status: undefined, unread: "undecodable" })).toMatchObject({
      status: null,
    });
  });

  test("with a copy of its body: later changes are not in it", async () => {
    const { capture, dumps } = capturing();
    const body = Buffer.from("body");
    capture.take({ ...FAILED, body });
    body.fill("x");
    await capture.settled();
    expect(dumps.map((dump) => Buffer.from(dump.body).toString())).toEqual(["body"]);
  });
});

describe("what is said of a request", () => {
  test("holds values of headers that are no secret, and only names of all others", async () => {
    const headers = new Headers({
      "content-type": "application/json",
      "content-encoding": "gzip",
      "user-agent": "sdk/1 (a-known-secret)",
      accept: "of upstream_headers",
      authorization: "Bearer t0ken",
      cookie: "session=1",
      "dd-api-key": "k3y",
      "x-tenant": "blue",
      "x-anything": "else",
    });
    expect(await headOf({ headers })).toEqual({
      edge_failure: 1,
      time: "1970-01-01T00:00:00.000Z",
      status: 400,
      unread: null,
      telemetry: "otlp_logs",
      method: "POST",
      target: "/v1/logs",
      headers: {
        accept: "***",
        authorization: "***",
        "content-encoding": "gzip",
        "content-type": "application/json",
        cookie: "***",
        "dd-api-key": "***",
        "user-agent": "sdk/1 (***)",
        "x-anything": "***",
        "x-tenant": "***",
      },
      body: "",
    });
  });

  test.each([
    ["/v1/logs", "/v1/logs"],
    ["/v1/logs?dd-api-key=k3y&x=1", "/v1/logs?***"],
    ["/base/v1/logs", "/base/v1/logs"],
    ["/v1/input", "/v1/input"],
    ["/v1/input/", "/v1/input/"],
    ["/v1/input/k3y", "/v1/input/***"],
    ["/v1/input/k3y?x=1", "/v1/input/***?***"],
    ["/a-known-secret/v1/logs", "/***/v1/logs"],
  ])("has the target %s as %s", async (target, shown) => {
    expect(await headOf({ target })).toMatchObject({ target: shown });
  });
});

describe("a bound that is reached", () => {
  test("of one body: at it the request is kept, above it not", async () => {
    const { capture, dumps, reasons } = capturing();
    capture.take({ ...FAILED, body: new Uint8Array(FAILURE_BODY_BYTES_MAX) });
    capture.take({ ...FAILED, body: new Uint8Array(FAILURE_BODY_BYTES_MAX + 1) });
    await capture.settled();
    expect([dumps.length, reasons()]).toEqual([1, ["body_too_large"]]);
  });

  test("of bytes that wait for the disk, which are free again once they are written", async () => {
    const disk = Promise.withResolvers<number>();
    const { capture, dumps, reasons } = capturing(() => disk.promise);
    const body = new Uint8Array(FAILURE_QUEUE_BYTES_MAX / 2);
    // Two of them, and what is said of them, are more than there may be.
    for (let times = 0; times < 3; times++) capture.take({ ...FAILED, body });
    expect(reasons()).toEqual(["queue_full", "queue_full"]);
    disk.resolve(1);
    await capture.settled();
    capture.take({ ...FAILED, body });
    await capture.settled();
    expect([dumps.length, reasons().length]).toEqual([2, 2]);
  });

  test("of dumps that wait for the disk", async () => {
    const disk = Promise.withResolvers<number>();
    const { capture, dumps, reasons } = capturing(() => disk.promise);
    // One is being written.
    for (let times = 0; times < FAILURE_QUEUE_DUMPS_MAX + 2; times++) capture.take(FAILED);
    expect(reasons()).toEqual(["queue_full"]);
    disk.resolve(1);
    await capture.settled();
    expect(dumps.length).toBe(FAILURE_QUEUE_DUMPS_MAX + 1);
  });

  test("of the folder: it is looked at again after a while", async () => {
    const { capture, clock, dumps, reasons } = capturing(async () => undefined);
    for (const nowMs of [0, FAILURE_FOLDER_LOOK_MS - 1, FAILURE_FOLDER_LOOK_MS]) {
      clock.nowMs = nowMs;
      capture.take(FAILED);
      await capture.settled();
    }
    expect([dumps.length, reasons()]).toEqual([2, ["folder_full", "folder_full", "folder_full"]]);
  });
});

describe("what cannot be kept", () => {
  test("is a body that passed as a stream", () => {
    const { capture, reasons } = capturing();
    capture.take({ ...FAILED, body: new ReadableStream() });
    expect(reasons()).toEqual(["body_streamed"]);
  });

  test.each([
    ["ENOSPC", "no_space"],
    ["EDQUOT", "no_space"],
    ["EACCES", "not_permitted"],
    ["EROFS", "not_permitted"],
    ["EPERM", "not_permitted"],
    ["EIO", "write_failed"],
  ])("for %s of the disk is counted as %s, and the next is tried", async (code, reason) => {
    const { bus, capture, dumps } = capturing(() =>
      Promise.reject(Object.assign(new Error("the disk"), { code })),
    );
    capture.take(FAILED);
    capture.take(FAILED);
    await capture.settled();
    expect(bus.of("failure_capture.dropped")).toEqual([
      { reason, detail: "the disk" },
      { reason, detail: "the disk" },
    ]);
    expect(dumps.length).toBe(2);
  });

  test("never fails the request", () => {
    const { capture, reasons } = capturing();
    const headers = {
      forEach: () => {
        throw new Error("a bug");
      },
    } as never;
    capture.take({ ...FAILED, headers });
    expect(reasons()).toEqual(["write_failed"]);
  });
});
