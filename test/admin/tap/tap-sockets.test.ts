// Taps on real sockets: lines come as records pass, readers that are slow or gone cost the traffic
// nothing, and the end of the program does not wait for them.

import { describe, expect, test } from "bun:test";
import * as net from "node:net";
import { TAP_BUFFER_BYTES_MAX, TAP_FORM_BYTES_MAX } from "../../../src/core/limits.ts";
import {
  AdminEdge,
  DROP_DEBUG,
  JSON_HEADERS,
  logRecord,
  otlpLogs,
} from "../../support/admin-edge.ts";

const ON = { tap_enabled: true, admin: { show_payloads: true } };

function post(url: string, body: string): Promise<Response> {
  return fetch(`${url}/v1/logs`, { method: "POST", headers: JSON_HEADERS, body });
}

/** A client that sends its request and reads nothing. */
async function silentReader(url: string, path: string): Promise<net.Socket> {
  const socket = net.connect(Number(new URL(url).port), "127.0.0.1");
  socket.pause();
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  socket.write(`GET ${path} HTTP/1.1\r\nhost: edge\r\n\r\n`);
  return socket;
}

test("a line is there as soon as its record has passed", async () => {
  await using edge = await AdminEdge.start(ON, [DROP_DEBUG]);
  const url = await edge.listen();
  const response = await fetch(`${url}/_edge/tap/pre?n=2&format=text`);
  expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let seen = "";
  const until = async (wanted: string): Promise<void> => {
    while (!seen.includes(wanted)) seen += decoder.decode((await reader.read()).value);
  };
  await until("# open stage=pre records_max=2 seconds_max=60 payloads=true\n");
  await post(url, otlpLogs(logRecord("DEBUG", "first")));
  await until('"first"');
  expect(seen).toContain(" decision=drop dropped_by=drop-debug policies=drop-debug ");
  await post(url, otlpLogs(logRecord("INFO", "second")));
  await until("# end reason=records shown=2 lost=0\n");
  expect((await reader.read()).done).toBe(true);
});

test("a reader that goes away makes room", async () => {
  await using edge = await AdminEdge.start(ON);
  const url = await edge.listen();
  const readers = await Promise.all([1, 2, 3, 4].map(() => fetch(`${url}/_edge/tap/post`)));
  const refused = await fetch(`${url}/_edge/tap/post`);
  expect([refused.status, refused.headers.get("retry-after"), await refused.json()]).toEqual([
    429,
    "1",
    { error: "too_many_taps", message: "4 taps are open, which is the most; end one of them" },
  ]);
  const closed = edge.bus.first("tap.closed");
  await readers[0]!.body!.cancel();
  expect((await closed).reason).toBe("reader");
  expect((await fetch(`${url}/_edge/tap/post?n=1`)).status).toBe(200);
});

test("a reader that reads nothing loses lines, and requests do not wait for it", async () => {
  await using edge = await AdminEdge.start(ON);
  const url = await edge.listen();
  const opened = edge.bus.first("tap.opened");
  const socket = await silentReader(url, "/_edge/tap/pre?n=1000000");
  await opened;
  const big = "x".repeat(60_000);
  const body = otlpLogs(...Array.from({ length: 60 }, () => logRecord("INFO", big)));
  const requests = 12;
  for (let i = 0; i < requests; i++) expect((await post(url, body)).status).toBe(200);
  expect(edge.upstream.requests.length).toBe(requests);
  const closed = edge.bus.first("tap.closed");
  socket.destroy();
  const { shown, lost } = await closed;
  expect(shown + lost).toBe(requests * 60);
  // The buffer, and what the two ends of the socket hold in the kernel.
  const heldMax = (TAP_BUFFER_BYTES_MAX + 16 * 1024 * 1024) / big.length;
  expect([lost > 0, shown < heldMax]).toEqual([true, true]);
});

describe("the end of the program", () => {
  test("does not wait for open taps, which are told", async () => {
    await using edge = await AdminEdge.start(ON);
    const url = await edge.listen();
    const response = await fetch(`${url}/_edge/tap/pre`);
    edge.bus.emit("server.draining", { signal: "SIGTERM", timeoutMs: 1000 });
    const lines = (await response.text()).trimEnd().split("\n");
    expect(JSON.parse(lines.at(-1)!)).toEqual({
      tap: "end",
      reason: "stopping",
      shown: 0,
      lost: 0,
    });
  });
});

test("taps are off by default, and say how to turn them on", async () => {
  await using edge = await AdminEdge.start();
  for (const stage of ["pre", "post"]) {
    const response = await edge.ask(`/_edge/tap/${stage}`);
    expect([response.status, await response.json()]).toEqual([
      404,
      { error: "tap_disabled", message: "taps are off; set tap_enabled to true and restart" },
    ]);
  }
  expect((await edge.ask("/_edge/tap/mid")).status).toBe(404);
});

test("a tap takes GET and POST only, and a query that it knows", async () => {
  await using edge = await AdminEdge.start(ON);
  for (const method of ["PUT", "HEAD", "DELETE"]) {
    const response = await edge.ask("/_edge/tap/pre", { method });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, POST"]);
  }
  const response = await edge.ask("/_edge/tap/pre?n=x");
  expect([response.status, await response.json()]).toEqual([
    400,
    { error: "bad_query", message: "n=x: use a whole number from 1 to 1000000" },
  ]);
  expect(edge.bus.of("tap.opened")).toEqual([]);
});

test("what a tap is to show may be in the body of a POST, where no log of URLs sees it", async () => {
  await using edge = await AdminEdge.start(ON);
  const post = async (body: string, query = ""): Promise<readonly [number, unknown]> => {
    const response = await edge.ask(`/_edge/tap/pre${query}`, { method: "POST", body });
    return [response.status, await response.json()];
  };
  const refused = (message: string): readonly [number, unknown] => [
    400,
    { error: "bad_query", message },
  ];
  expect(await post("n=x")).toEqual(refused("n=x: use a whole number from 1 to 1000000"));
  expect(await post("n=1", "?seconds=0")).toEqual(
    refused("seconds=0: use a whole number from 1 to 3600"),
  );
  expect(await post(`text=${"a".repeat(TAP_FORM_BYTES_MAX)}`)).toEqual(
    refused(`the body has more than ${TAP_FORM_BYTES_MAX} bytes; ask for less`),
  );
  expect(edge.bus.of("tap.opened")).toEqual([]);
});
