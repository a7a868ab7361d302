// A control plane that misbehaves: the set in force stays, the reason says what to do, and the next
// try is in time.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { SYNC_RETRY_AFTER_MS_MAX } from "../../../src/core/limits.ts";
import { HttpProviderSetup, settled } from "./http-provider-setup.ts";
import { syncResponse } from "./stub-control-plane.ts";

let at: HttpProviderSetup;
beforeEach(() => {
  at = new HttpProviderSetup();
});
afterEach(() => at.close());

describe("what goes wrong keeps the set in force, and says what to do", () => {
  const protobuf = { "content-type": "application/x-protobuf" };
  const cases: [string, () => Response | Promise<Response>, string | RegExp][] = [
    ["status 500", () => new Response("secret body", { status: 500 }), "status 500; expected 200"],
    ["status 204", () => new Response(null, { status: 204 }), "status 204; expected 200"],
    [
      "status 401",
      () => new Response("", { status: 401 }),
      "status 401; check the credentials in the provider's headers",
    ],
    [
      "status 404",
      () => new Response("", { status: 404 }),
      "status 404; check the path of the provider's url",
    ],
    [
      "a redirect",
      () => Response.redirect("http://127.0.0.1:1/", 307),
      "status 307; redirects are not followed, give the final url",
    ],
    [
      "broken JSON",
      () => new Response('{"policies": [', { headers: { "content-type": "application/json" } }),
      /^not JSON: /,
    ],
    [
      "damaged gzip",
      () =>
        new Response(Bun.gzipSync(new TextEncoder().encode("{}")).slice(0, -6), {
          headers: { "content-type": "application/json", "content-encoding": "gzip" },
        }),
      "the response cannot be decompressed (ZlibError); check the control plane and proxies before it",
    ],
    ["JSON that is no object", () => Response.json([1]), "expected a JSON object"],
    [
      "broken protobuf",
      () => new Response(new Uint8Array([10, 200, 1]), { headers: protobuf }),
      /^not protobuf: /,
    ],
    [
      "another content type",
      () => new Response("<html>", { headers: { "content-type": "text/html; charset=utf-8" } }),
      'content type "text/html" is neither application/json nor application/x-protobuf',
    ],
    [
      "an error message",
      () =>
        Response.json(
          syncResponse(["b"], { errorMessage: "no such workspace, Bearer s3cret-token" }),
        ),
      "the control plane reports: no such workspace, ***",
    ],
    [
      "an answer that says nothing",
      () => Response.json({}),
      "the response holds no policies, hash or timestamp; check the provider's url",
    ],
    [
      "an empty protobuf body",
      () => new Response(new Uint8Array(0), { headers: protobuf }),
      "the response holds no policies, hash or timestamp; check the provider's url",
    ],
  ];
  for (const [name, answer, reason] of cases)
    test(name, async () => {
      await at.first("offer a");
      at.stub.answer = answer;
      await at.afterWait("failed");
      const told = at.host.news.at(-1)!.slice("failed ".length);
      if (typeof reason === "string") expect(told).toBe(reason);
      else expect(told).toMatch(reason);
      expect(at.host.sets.length).toBe(1);
      at.stub.answer = () => Response.json(syncResponse(["c"]));
      await at.afterWait("offer c");
      expect(at.stub.asked.at(-1)!.request.lastSuccessfulHash).toBe("hash of a");
    });

  test("an answer at the limit is read, one byte more is refused", async () => {
    const body = JSON.stringify(syncResponse(["a"]));
    const headers = { "content-type": "application/json" };
    at.stub.answer = (count) => new Response(count === 1 ? body : `${body} `, { headers });
    await at.first("offer a", { responseBytesMax: body.length });
    await at.afterWait("failed");
    expect(at.host.news[1]).toBe(
      `failed the response is larger than ${body.length} bytes, which is the most that is read`,
    );
  });

  test("the limit holds for what compression hides", async () => {
    const body = Bun.gzipSync(new TextEncoder().encode(`{"hash": "${"x".repeat(1_000_000)}"}`));
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    at.stub.answer = () => new Response(body, { headers });
    await at.first("failed", { responseBytesMax: 10_000 });
    expect(at.host.told).toEqual([
      "failed the response is larger than 10000 bytes, which is the most that is read",
    ]);
  });

  test("no answer at all ends at the timeout", async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    at.stub.answer = () => {
      resolve();
      return new Promise<Response>(() => undefined);
    };
    const failed = at.host.next("failed");
    at.providerOf({ timeoutMs: 700 }).start(at.host);
    await asked;
    expect(at.clock.pendingMs).toEqual([700]);
    at.clock.advance(700);
    await failed;
    expect(at.host.told).toEqual([
      "failed no answer within 700 ms (timeout_ms); check the control plane",
    ]);
  });

  test("an answer that begins and never ends, too", async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    at.stub.answer = () => {
      resolve();
      const body = new ReadableStream({
        async pull(controller) {
          controller.enqueue(new TextEncoder().encode(" "));
          await new Promise(() => undefined);
        },
      });
      return new Response(body, { headers: { "content-type": "application/json" } });
    };
    const failed = at.host.next("no answer within 10000 ms");
    at.providerOf().start(at.host);
    await asked;
    await settled();
    at.clock.advance(10_000);
    await failed;
  });

  test("a fetch that heeds no signal does not hold the provider", async () => {
    const failed = at.host.next("no answer within 700 ms");
    at.providerOf({ timeoutMs: 700, fetch: () => new Promise(() => undefined) }).start(at.host);
    await settled();
    at.clock.advance(700);
    await failed;
    await settled();
    expect(at.clock.pendingMs).toEqual([1_000]);
  });

  test("nobody listening", async () => {
    const url = at.stub.url;
    await at.stub.stop();
    await at.first("failed", { url });
    expect(at.host.told).toEqual([
      `failed ${url}: cannot be reached (ECONNREFUSED); check the provider's url, the network and certificates`,
    ]);
  });

  test("what a fetch says is told without secrets", async () => {
    const failing = (): Promise<Response> =>
      Promise.reject(new Error("GET https://u:p@h/x?key=1 with Bearer s3cret-token"));
    await at.first("failed", { url: "http://me:pw@127.0.0.1:9/sync?k=v", fetch: failing });
    expect(at.host.told).toEqual([
      "failed http://***@127.0.0.1:9/sync?***: cannot be reached: GET https://***@h/x?*** with ***",
    ]);
  });
});

describe("when it asks again", () => {
  test("after the poll interval, or what the control plane recommends within bounds", async () => {
    await at.first("offer");
    expect(at.clock.pendingMs).toEqual([60_000]);
    at.stub.answer = () =>
      Response.json(syncResponse(["a"], { recommendedSyncIntervalSeconds: 20 }));
    await at.afterWait("unchanged");
    expect(at.clock.pendingMs).toEqual([20_000]);
    at.stub.answer = () =>
      Response.json(syncResponse(["a"], { recommendedSyncIntervalSeconds: 9_999 }));
    await at.afterWait("unchanged");
    expect(at.clock.pendingMs).toEqual([180_000]);
    at.stub.answer = () => Response.json(syncResponse(["a"]));
    await at.afterWait("unchanged");
    expect(at.clock.pendingMs).toEqual([60_000]);
  });

  test("after failures soon, then ever later, and as before once it is well", async () => {
    at.stub.answer = () => new Response("", { status: 500 });
    await at.first("failed");
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      waits.push(...at.clock.pendingMs);
      await at.afterWait("failed");
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((s) => s * 1_000));
    at.stub.answer = () => Response.json(syncResponse(["a"]));
    await at.afterWait("offer");
    expect(at.clock.pendingMs).toEqual([60_000]);
    at.stub.answer = () => new Response("", { status: 500 });
    await at.afterWait("failed");
    expect(at.clock.pendingMs).toEqual([1_000]);
  });

  test("not before a busy control plane wants to be asked", async () => {
    at.stub.answer = () => new Response("", { status: 429, headers: { "retry-after": "45" } });
    await at.first("failed");
    expect(at.clock.pendingMs).toEqual([45_000]);
    at.stub.answer = () => new Response("", { status: 503 });
    await at.afterWait("failed");
    expect(at.clock.pendingMs).toEqual([2_000]);
  });

  const date = "Fri, 31 Dec 1999 23:59:00 GMT";
  for (const [retryAfter, sent, waitMs] of [
    ["Fri, 31 Dec 1999 23:59:45 GMT", date, 45_000],
    ["Fri, 31 Dec 1999 23:59:00 GMT", date, 1_000],
    ["Fri, 31 Dec 1999 23:00:00 GMT", date, 1_000],
    ["Sat, 01 Jan 2000 12:00:00 GMT", date, SYNC_RETRY_AFTER_MS_MAX],
    ["Fri, 31 Dec 1999 23:59:45 GMT", "no date", 1_000],
    ["1999-12-31T23:59:45Z", date, 1_000],
    ["Fri, 99 Dec 1999 23:59:45 GMT", date, 1_000],
    ["-5", date, 1_000],
    ["soon", date, 1_000],
  ] as const) {
    test(`${waitMs} ms after Retry-After: ${retryAfter}, sent at ${sent}`, async () => {
      const headers = { "retry-after": retryAfter, date: sent };
      at.stub.answer = () => new Response("", { status: 503, headers });
      await at.first("failed");
      expect(at.clock.pendingMs).toEqual([waitMs]);
    });
  }

  test("at once on a reload, which then waits anew", async () => {
    const provider = await at.first("offer");
    at.clock.advance(30_000);
    await provider.reload();
    await settled();
    expect(at.stub.asked.length).toBe(2);
    expect(at.clock.pendingMs).toEqual([60_000]);
  });
});
