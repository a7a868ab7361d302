// Clients that speak gRPC, HTTP/2 or TLS to the port for HTTP: answered in words that they show,
// counted, and told of.

import { describe, expect, test } from "bun:test";
import * as http2 from "node:http2";
import { SelfServer } from "../../src/runtime/self-server.ts";
import { RecordingBus } from "../support/proxy-fakes.ts";
import { AdminEdge, JSON_HEADERS } from "../support/admin-edge.ts";
import { rawExchange } from "../support/proxy-harness.ts";

const LOGS_SERVICE = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
const MESSAGE = expect.stringContaining("gRPC is not spoken on this port");

interface Answer {
  readonly headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader;
  /** Whether the headers ended the answer, as a gRPC answer without a message must. */
  readonly isTrailersOnly: boolean;
  readonly body: string;
}

const END_STREAM = 1;

async function over2(
  url: string,
  headers: http2.OutgoingHttpHeaders,
  body: string | Buffer,
): Promise<Answer> {
  const session = http2.connect(url);
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const stream = session.request({ ":method": "POST", ...headers });
      session.on("error", reject);
      stream.on("error", reject);
      let text = "";
      let [seen, isTrailersOnly]: [Answer["headers"], boolean] = [{}, false];
      stream.on("response", (fields, flags) => {
        [seen, isTrailersOnly] = [fields, (flags & END_STREAM) !== 0];
      });
      stream.on("data", (piece: Buffer) => (text += piece.toString()));
      stream.on("end", () => resolve({ headers: seen, isTrailersOnly, body: text }));
      stream.end(body);
    });
  } finally {
    session.close();
  }
}

const CALL = { ":path": LOGS_SERVICE, "content-type": "application/grpc", te: "trailers" };
const EMPTY_CALL = Buffer.alloc(5);

test.each(["application/grpc", "application/grpc+proto", "application/grpc+json;a=b"])(
  "a gRPC call with %s is answered that it is not spoken, what to do, and is not forwarded",
  async (type) => {
    await using edge = await AdminEdge.start();
    const call = { ...CALL, "content-type": type };
    const { headers, isTrailersOnly } = await over2(await edge.listen(), call, EMPTY_CALL);
    expect(headers).toMatchObject({
      ":status": 200,
      "content-type": "application/grpc",
      "grpc-status": "12",
      "grpc-message": MESSAGE,
    });
    expect([isTrailersOnly, edge.upstream.requests.length]).toEqual([true, 0]);
    expect(edge.bus.of("client.misdirected")).toEqual([{ kind: "grpc", cure: MESSAGE }]);
    expect(await (await edge.ask("/_edge/metrics")).text()).toContain(
      '\nedge_misdirected_clients_total{kind="grpc"} 1\n',
    );
  },
);

test.each([
  [{ ...CALL, "content-type": "application/grpc-web" }],
  [{ ...CALL, "content-type": "application/grpcx" }],
  [{ ":path": LOGS_SERVICE, "content-type": "application/grpc" }],
])("%j is no gRPC call, and is forwarded", async (headers) => {
  await using edge = await AdminEdge.start();
  await over2(await edge.listen(), headers, EMPTY_CALL);
  expect(edge.upstream.requests.map(({ target }) => target)).toEqual([LOGS_SERVICE]);
});

test("a client that speaks HTTP/2 without TLS is served, counted and told of", async () => {
  await using edge = await AdminEdge.start();
  const headers = { ":path": "/v1/logs", ...JSON_HEADERS };
  const { headers: got, body } = await over2(await edge.listen(), headers, "{}");
  expect([got[":status"], body]).toEqual([200, "ok"]);
  const { target, body: sent } = edge.upstream.last;
  expect([target, sent.toString()]).toEqual(["/v1/logs", "{}"]);
  const cure = expect.stringContaining("HTTP/2 without TLS is served");
  expect(edge.bus.of("client.misdirected")).toEqual([{ kind: "http2", cure }]);
});

const TLS_HELLO = Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0]);

describe("a client that begins with TLS is told of, counted, and sent away", () => {
  const cases: readonly [string, Buffer][] = [
    ["in one piece", TLS_HELLO],
    ["byte by byte", TLS_HELLO.subarray(0, 1)],
  ];
  test.each(cases)("by a proxy: %s", async (_name, bytes) => {
    await using edge = await AdminEdge.start();
    const port = Number(new URL(await edge.listen()).port);
    const { text, end } = await rawExchange(port, bytes, () => false);
    expect([text.slice(0, 13), end]).toEqual(["HTTP/1.1 400 ", "closed"]);
    const cure = expect.stringContaining("TLS is not spoken here");
    expect(edge.bus.of("client.misdirected")).toEqual([{ kind: "tls", cure }]);
    expect(await (await edge.ask("/_edge/metrics")).text()).toContain(
      '\nedge_misdirected_clients_total{kind="tls"} 1\n',
    );
  });

  test("by the small server of a program without a door", async () => {
    const bus = new RecordingBus();
    const target = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
    const self = new SelfServer({ target, bus, ready: () => true, metricsText: () => "" });
    await self.start();
    try {
      await rawExchange(Number(new URL(self.url ?? "").port), TLS_HELLO, () => false);
      expect(bus.of("client.misdirected").map(({ kind }) => kind)).toEqual(["tls"]);
    } finally {
      await self.stop(1000);
    }
  });

  test("and nobody else is", async () => {
    await using edge = await AdminEdge.start();
    expect((await fetch(new URL("/_health", await edge.listen()))).status).toBe(200);
    expect(edge.bus.of("client.misdirected")).toEqual([]);
  });
});
