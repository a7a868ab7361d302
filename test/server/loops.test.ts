// Requests that come back to the proxy that sent them on, and chains that only look alike.

import { describe, expect, test } from "bun:test";
import { newPseudonym, Via } from "../../src/server/via.ts";
import { AdminEdge, JSON_HEADERS } from "../support/admin-edge.ts";

const POST = { method: "POST", headers: JSON_HEADERS, body: "{}" };

/** Sends on what it gets, to where it is told later. */
function relay() {
  let to = "";
  let requests = 0;
  const server = Bun.serve({
    port: 0,
    fetch: async ({ url, method, headers, body }) => {
      requests++;
      const { pathname, search } = new URL(url);
      return fetch(to + pathname + search, { method, headers, body });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    leadTo: (url: string) => void (to = url),
    requests: () => requests,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

describe("an upstream that leads back", () => {
  test.each<[string, RequestInit | undefined, unknown]>([
    ["/v1/logs", POST, { code: 13, message: expect.stringContaining("has come back") }],
    ["/api/v2/logs", POST, { errors: [expect.stringContaining("has come back")] }],
    ["/x", undefined, { error: "loop_detected", message: expect.stringContaining("come back") }],
    ["/metrics", undefined, { error: "loop_detected", message: expect.any(String) }],
  ])("%s is asked once, answered 508, told and counted", async (path, init, want) => {
    await using upstream = relay();
    await using edge = await AdminEdge.start({ upstream_url: upstream.url });
    const url = await edge.listen();
    upstream.leadTo(url);
    const answer = await fetch(url + path, init);
    expect([answer.status, await answer.json(), upstream.requests()]).toEqual([508, want, 1]);
    const failed = edge.bus.of("request.failed");
    expect(failed.map(({ class: kind }) => kind)).toEqual(["loop"]);
    const { text } = { text: await (await edge.ask("/_edge/metrics")).text() };
    expect(text).toMatch(/^edge_request_errors_total\{known_path="\w+",class="loop"\} 1$/m);
  });

  test("by way of another proxy is known as well", async () => {
    await using back = relay();
    await using second = await AdminEdge.start({ upstream_url: back.url });
    await using first = await AdminEdge.start({ upstream_url: await second.listen() });
    const url = await first.listen();
    back.leadTo(url);
    expect([(await fetch(`${url}/v1/logs`, POST)).status, back.requests()]).toEqual([508, 1]);
    expect(second.bus.of("request.failed")).toEqual([]);
  });

  test("cannot have the program's own pages refused", async () => {
    await using upstream = relay();
    const targets = { "/self": `${upstream.url}/_edge/metrics` };
    await using edge = await AdminEdge.start({ prometheus: { targets } });
    const url = await edge.listen();
    upstream.leadTo(url);
    const answer = await fetch(`${url}/self`);
    expect([answer.status, await answer.text()]).toEqual([
      200,
      expect.stringContaining("edge_requests_total"),
    ]);
  });
});

test("a chain of proxies passes, and each adds itself", async () => {
  await using third = await AdminEdge.start();
  await using second = await AdminEdge.start({ upstream_url: await third.listen() });
  await using first = await AdminEdge.start({ upstream_url: await second.listen() });
  const headers = { ...JSON_HEADERS, via: "1.0 gateway", connection: "via" };
  expect((await fetch(`${await first.listen()}/v1/logs`, { ...POST, headers })).status).toBe(200);
  const via = third.upstream.last.headers.filter(([name]) => name === "via");
  expect(via.length).toBe(1);
  const entries = via[0]![1].split(", ");
  expect(entries).toEqual([
    "1.0 gateway",
    ...entries.slice(1).map(() => expect.stringMatching(/^1\.1 edge-[0-9a-f]{16}$/)),
  ]);
  expect(new Set(entries).size).toBe(4);
});

test("names are not shared, and only one's own counts", () => {
  const [own, other] = [newPseudonym(), newPseudonym()];
  const via = new Via(own);
  expect(via.entry).toBe(`1.1 ${own}`);
  expect(via.hasPassed(new Headers({ via: `1.1 ${other}` }))).toBe(false);
  expect(via.hasPassed(new Headers({ via: `1.1 ${other}, ${via.entry}` }))).toBe(true);
  expect(via.hasPassed(new Headers())).toBe(false);
});
