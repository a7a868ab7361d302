// Clients that speak gRPC, HTTP/2 or TLS to the port for HTTP: answered in words that they show,
// counted, and told of.

import { describe, expect, test } from "bun:test";
import * as http2 from "node:http2";
import { listen, type ListenerOptions } from "../../src/server/listener.ts";
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

test("a client that speaks HTTP/2 without TLS is served", async () => {
  await using edge = await AdminEdge.start();
  const headers = { ":path": "/v1/logs", ...JSON_HEADERS };
  const { headers: got, body } = await over2(await edge.listen(), headers, "{}");
  expect([got[":status"], body]).toEqual([200, "ok"]);
  const { target, body: sent } = edge.upstream.last;
  expect([target, sent.toString()]).toEqual(["/v1/logs", "{}"]);
});

describe("where header_timeout_ms is set", () => {
  async function guarded(options: Partial<ListenerOptions>) {
    let tlsClients = 0;
    const listener = await listen({
      target: { kind: "tcp", host: "127.0.0.1", port: 0 },
      idleTimeoutMs: 60_000,
      headTimeoutMs: 60_000,
      onTlsClient: () => void tlsClients++,
      fetch: () => new Response("served"),
      ...options,
    });
    return {
      listener,
      tlsClients: () => tlsClients,
      [Symbol.asyncDispose]: () => listener.abort(),
    };
  }

  test.each([
    ["in one piece", Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0])],
    ["byte by byte", Buffer.from([0x16])],
  ])("a client that begins with TLS is told of and sent away: %s", async (_name, bytes) => {
    await using edge = await guarded({});
    const { text, end } = await rawExchange(edge.listener.port, bytes, () => false);
    expect([text.slice(0, 13), end, edge.tlsClients()]).toEqual(["HTTP/1.1 400 ", "closed", 1]);
  });

  test("nobody else is", async () => {
    await using edge = await guarded({});
    expect(await (await fetch(edge.listener.url)).text()).toBe("served");
    const { headers } = await over2(edge.listener.url, { ":path": "/" }, "");
    expect([headers[":status"], edge.tlsClients()]).toEqual([200, 0]);
  });
});
