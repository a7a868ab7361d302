// What is counted of a request: the bytes that really came and went, and the time to the last one.

import { afterEach, describe, expect, test } from "bun:test";
import * as net from "node:net";
import type { Events } from "../../src/o11y/events.ts";
import { type HarnessOptions, ProxyHarness } from "../support/proxy-harness.ts";
import { rawResponse, type Respond } from "../support/recording-upstream.ts";

type Completed = Events["request.completed"];

const open: ProxyHarness[] = [];
afterEach(async () => {
  for (const harness of open.splice(0)) await harness.stop();
});

async function start(options: HarnessOptions = {}, respond?: Respond): Promise<ProxyHarness> {
  const harness = await ProxyHarness.start(options);
  open.push(harness);
  if (respond !== undefined) harness.upstream.respond = respond;
  return harness;
}

const bytes = ({ status, bytesIn, bytesOut }: Completed): number[] => [status, bytesIn, bytesOut];
const CHUNKED = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n";
const HOST = "Host: x\r\n";

describe("bytes that went out", () => {
  const big = "x".repeat(200_000);
  const answers: [string, Buffer | string, number[]][] = [
    ["of an answer that says its length", rawResponse(201, {}, "hello"), [201, 0, 5]],
    ["of chunks in one piece", `${CHUNKED}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`, [200, 0, 5]],
    ["without a type", "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbare", [200, 0, 4]],
    ["of a long answer", rawResponse(200, {}, big), [200, 0, 200_000]],
    ["of no content", "HTTP/1.1 204 No Content\r\n\r\n", [204, 0, 0]],
    ["of what is as it was", "HTTP/1.1 304 X\r\ncontent-length: 9\r\n\r\n", [304, 0, 0]],
  ];
  for (const transport of ["http1", "fetch"] as const)
    for (const [name, answer, want] of answers)
      test(`${name} (${transport})`, async () => {
        const { url, bus } = await start({ transport }, () => answer);
        await (await fetch(`${url}/x`)).text();
        expect(bytes(await bus.first("request.completed"))).toEqual(want);
      });

  test("to a HEAD there are none", async () => {
    const { url, bus } = await start({}, () => "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n");
    await fetch(`${url}/x`, { method: "HEAD" });
    expect(bytes(await bus.first("request.completed"))).toEqual([200, 0, 0]);
  });

  test("of the proxy's own answers", async () => {
    const { url, bus } = await start({ upstreamUrl: () => "http://127.0.0.1:1" });
    const refused = await (await fetch(`${url}/x`)).text();
    const dropped = await fetch(`${url}/lines`, { method: "POST", body: "drop" });
    expect(await dropped.text()).toBe("none");
    expect(bus.of("request.completed").map(bytes)).toEqual([
      [502, 0, refused.length],
      [202, 4, 4],
    ]);
  });
});

describe("an answer that takes its time", () => {
  test("is complete with its last byte, and so is the upstream's", async () => {
    let socket: net.Socket | undefined;
    const { url, bus } = await start({ clock: [1000, 1042] }, (context) => {
      socket = context.socket;
      return `${CHUNKED}3\r\nabc\r\n`;
    });
    const response = await fetch(`${url}/x`);
    expect([bus.of("request.completed"), bus.of("upstream.completed")]).toEqual([[], []]);
    socket?.write("4\r\ndefg\r\n0\r\n\r\n");
    expect(await response.text()).toBe("abcdefg");
    const [completed] = bus.of("request.completed");
    expect([completed?.bytesOut, completed?.durationMs]).toEqual([7, 42]);
    expect(bus.of("upstream.completed").map(({ status }) => status)).toEqual([200]);
  });

  test("is counted as far as it went when its upstream breaks off", async () => {
    const { url, bus } = await start({}, ({ socket }) => {
      socket.end(`${CHUNKED}3\r\nabc\r\n`);
      return undefined;
    });
    const body = fetch(`${url}/x`).then((response) => response.text());
    expect(body).rejects.toThrow();
    expect(bytes(await bus.first("request.completed"))).toEqual([200, 0, 3]);
    expect(bus.of("upstream.failed").map(({ phase }) => phase)).toEqual(["receive"]);
    expect(bus.of("upstream.completed").length).toBe(1);
  });

  test("is counted once when its client goes away", async () => {
    const harness = await start({}, () => `${CHUNKED}3\r\nabc\r\n`);
    const { bus } = harness;
    await harness.raw(`GET /x HTTP/1.1\r\n${HOST}\r\n`, (seen) => seen.includes("abc"));
    expect(bytes(await bus.first("request.completed"))).toEqual([200, 0, 3]);
    expect(bus.of("upstream.completed").length).toBe(1);
    expect(harness.client.inFlight).toBe(0);
  });
});

describe("bytes that came in", () => {
  const chunks = "6\r\nkeep 1\r\n1\r\n!\r\n0\r\n\r\n";
  for (const path of ["/lines", "/other"])
    test(`in chunks, to ${path}`, async () => {
      const harness = await start();
      const head = `POST ${path} HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;
      await harness.raw(head + chunks, (seen) => seen.endsWith("ok"));
      expect(bytes(await harness.bus.first("request.completed"))).toEqual([200, 7, 2]);
    });

  test("of a long body that is sent on as it comes", async () => {
    const { url, bus } = await start({ bodyBytesMax: 5_000_000 });
    await fetch(`${url}/other`, { method: "POST", body: "x".repeat(3_000_000) });
    expect(bytes(await bus.first("request.completed"))).toEqual([200, 3_000_000, 2]);
  });

  test("are not what a refused request said it would send", async () => {
    const harness = await start();
    const head = `POST /lines HTTP/1.1\r\n${HOST}Content-Length: 999999999999\r\n\r\nabc`;
    await harness.raw(head, (seen) => seen.includes("body_too_large"));
    const { status, bytesIn } = await harness.bus.first("request.completed");
    expect([status, bytesIn]).toEqual([413, 0]);
  });

  test("are those that came before the client went away", async () => {
    const { listener, upstream, bus } = await start();
    const client = net.connect(listener.port, "127.0.0.1");
    client.on("error", () => undefined);
    upstream.early = () => void client.destroy();
    const head = `POST /x HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;
    client.write(`${head}3\r\nabc\r\n`);
    expect(bytes(await bus.first("request.completed"))).toEqual([499, 3, 0]);
  });
});
