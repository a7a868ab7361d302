// Policies from a control plane: what is asked, what is taken and remembered, which counts are
// sent.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { create, fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { type KeyValue, SyncResponseSchema } from "../../../src/proto/index.ts";
import { dropOf, policySetBytes } from "../../policy/wire/policy-set.ts";
import { NO_VOLUME, status } from "../fake-host.ts";
import { HttpProviderSetup } from "./http-provider-setup.ts";
import { syncResponse } from "./stub-control-plane.ts";

let at: HttpProviderSetup;
beforeEach(() => {
  at = new HttpProviderSetup();
});
afterEach(() => at.close());

describe("the request", () => {
  test("is a POST of who this is, what it can do and what it has", async () => {
    at.host.statuses = [
      status("a", 3, { misses: 1, errors: ["bad"], redact: { hits: 2, misses: 0 } }),
    ];
    await at.first("offer");
    const { method, headers, request } = at.stub.asked[0]!;
    expect(method).toBe("POST");
    expect(headers.get("content-type")).toBe("application/json");
    expect(headers.get("accept")).toBe("application/json");
    expect(headers.get("authorization")).toBe("Bearer s3cret-token");
    const pairs = (list: readonly KeyValue[] = []) =>
      Object.fromEntries(list.map(({ key, value }) => [key, value?.value.value]));
    const metadata = request.clientMetadata;
    expect(pairs(metadata?.resourceAttributes)).toEqual({
      "service.name": "edge",
      "service.namespace": "tero",
      "service.instance.id": "i-1",
      "service.version": "1.0",
      region: "eu",
    });
    expect(pairs(metadata?.labels)).toEqual({ "workspace.id": "w-1" });
    expect(metadata?.supportedPolicyStages).toEqual([1, 2, 3, 4]);
    expect(
      metadata?.supportedExtensions.map(({ type, minVersion, config }) => [
        type,
        minVersion,
        ...config,
      ]),
    ).toEqual([["com.usetero/s3-dump", "1.0.0", new Uint8Array([1, 2])]]);
    expect(request.fullSync).toBe(true);
    expect(request.lastSuccessfulHash).toBe("");
    expect(request.lastSyncTimestampUnixNano).toBe(0n);
    expect(request.policyStatuses).toMatchObject([
      {
        id: "a",
        matchHits: 3n,
        matchMisses: 1n,
        errors: ["bad"],
        redact: { hits: 2n, misses: 0n },
      },
    ]);
  });

  test("is a full sync the first time only, and then names the set in force", async () => {
    await at.first("offer");
    await at.afterWait("unchanged");
    const { request } = at.stub.asked[1]!;
    expect(request.fullSync).toBe(false);
    expect(request.lastSuccessfulHash).toBe("hash of a");
    expect(request.lastSyncTimestampUnixNano).toBe(1_700_000_000_000_000_001n);
  });

  test("as protobuf asks for exactly that, and reads whatever comes back", async () => {
    const message = fromJson(SyncResponseSchema, syncResponse(["p"]) as JsonValue);
    at.stub.answer = (count) =>
      count === 1
        ? new Response(toBinary(SyncResponseSchema, message), {
            headers: { "content-type": "application/x-protobuf" },
          })
        : Response.json(syncResponse(["j"]));
    await at.first("offer p", { encoding: "protobuf" });
    expect(at.stub.asked[0]!.headers.get("accept")).toBe("application/x-protobuf");
    expect(at.stub.asked[0]!.headers.get("content-type")).toBe("application/x-protobuf");
    await at.afterWait("offer j");
  });

  test("configured headers do not take the place of its own", async () => {
    const headers = [
      { name: "content-type", value: "text/plain" },
      { name: "accept", value: "*/*" },
      { name: "x-extra", value: "1" },
    ];
    await at.first("offer", { headers });
    const asked = at.stub.asked[0]!.headers;
    expect([asked.get("content-type"), asked.get("accept"), asked.get("x-extra")]).toEqual([
      "application/json",
      "application/json",
      "1",
    ]);
  });

  test("userinfo of the URL becomes a header and is shown nowhere", async () => {
    const url = at.stub.url.replace("http://", "http://me:p%40ss@") + "?key=1";
    const provider = await at.first("offer", { url, headers: [] });
    expect(at.stub.asked[0]!.headers.get("authorization")).toBe(`Basic ${btoa("me:p@ss")}`);
    expect(provider.source).toBe(`${at.stub.url.replace("://", "://***@")}?***`);
  });
});

describe("the answer", () => {
  test("with the hash that is in force is nothing new", async () => {
    await at.first("offer a");
    await at.afterWait("unchanged");
    at.stub.answer = () => Response.json(syncResponse(["b"]));
    await at.afterWait("offer b");
    expect(at.host.told).toEqual(["offer a", "unchanged", "offer b"]);
    expect(at.host.sets.map(({ hash }) => hash)).toEqual(["hash of a", "hash of b"]);
  });

  for (const encoding of ["json", "protobuf"] as const) {
    test(`without a hash is told apart by its policies, as ${encoding}`, async () => {
      let asked = 0;
      const answer = (ids: readonly string[]) => () => {
        const document = syncResponse(ids, { hash: "", syncTimestampUnixNano: String(++asked) });
        if (encoding === "json") return Response.json(document);
        const message = fromJson(SyncResponseSchema, document as JsonValue);
        const headers = { "content-type": "application/x-protobuf" };
        return new Response(toBinary(SyncResponseSchema, message), { headers });
      };
      at.stub.answer = answer(["a"]);
      await at.first("offer a");
      await at.afterWait("unchanged");
      at.stub.answer = answer(["b"]);
      await at.afterWait("offer b");
      at.stub.answer = answer(["a"]);
      await at.afterWait("offer a");
      const [first, second, third] = at.host.sets.map(({ hash }) => hash);
      expect(first).toMatch(/^[0-9a-f]{64}$/);
      expect(second).not.toBe(first);
      expect(third).toBe(first);
      expect(at.stub.asked.map(({ request }) => request.lastSuccessfulHash)).toEqual(
        Array(4).fill(""),
      );
    });
  }

  test("that could not be put in force is asked for again, with the hash of before", async () => {
    at.host.refuse = "no room";
    await at.first("failed");
    expect(at.host.told).toEqual(["refused a", "failed no room"]);
    await at.afterWait("offer a");
    expect(at.stub.asked[1]!.request).toMatchObject({ fullSync: true, lastSuccessfulHash: "" });
  });

  test("with a bad policy is taken, with the bad one inert", async () => {
    const bad = { id: "bad", name: "bad", enabled: true, log: { keep: "nnone" } };
    const { policies } = syncResponse(["a"]) as { policies: object[] };
    at.stub.answer = () => Response.json(syncResponse([], { policies: [...policies, bad] }));
    await at.first("offer a,bad");
    expect(at.host.sets[0]!.policies.map(({ errors }) => errors.length > 0)).toEqual([false, true]);
  });

  test("that says there are no policies, and gives a hash, is an empty set", async () => {
    await at.first("offer a");
    at.stub.answer = () => Response.json(syncResponse([]));
    await at.afterWait("offer");
    expect(at.host.sets[1]!.policies).toEqual([]);
  });

  test("may be a PolicySet, told apart by its bytes, and an empty one too", async () => {
    const type = "application/protobuf; proto=opentelemetry.proto.policies.v1development.PolicySet";
    const sets = [[dropOf("o")], [dropOf("o")], []].map((all) => policySetBytes(...all));
    at.stub.answer = (count) =>
      new Response(sets[Math.min(count, 3) - 1], { headers: { "content-type": type } });
    await at.first("offer o");
    await at.afterWait("unchanged");
    await at.afterWait("offer ");
    await at.afterWait("unchanged");
    expect(at.host.told).toEqual(["offer o", "unchanged", "offer ", "unchanged"]);
    expect(at.stub.asked.map(({ request }) => request.lastSuccessfulHash)).toEqual([
      "",
      "",
      "",
      "",
    ]);
  });

  test("may hold policies of both dialects in protobuf", async () => {
    const sync = fromJson(SyncResponseSchema, syncResponse(["a"]) as JsonValue);
    const body = new Uint8Array([
      ...toBinary(SyncResponseSchema, sync),
      ...policySetBytes(dropOf("o")),
    ]);
    const headers = { "content-type": "application/x-protobuf" };
    at.stub.answer = () => new Response(body, { headers });
    await at.first("offer a,o", { encoding: "protobuf" });
    const { policies = [] } = at.host.sets[0] ?? {};
    expect(policies.map(({ target, errors }) => [target?.dialect, errors])).toEqual([
      [undefined, []],
      ["otel", []],
    ]);
  });

  test("hands extension configurations on before the policies that may need them", async () => {
    const seen: unknown[] = [];
    at.stub.answer = () =>
      Response.json(syncResponse(["a"], { extensionConfigs: [{ type: "t", config: ["AQI="] }] }));
    await at.first("offer", {
      onExtensionConfigs: (list) => seen.push([...list], [...at.host.told]) > 0,
    });
    expect(seen).toEqual([[{ type: "t", config: [new Uint8Array([1, 2])] }], []]);
    expect(at.host.told).toEqual(["offer a"]);
  });

  test("with the same policies and other extension configurations makes them looked at", async () => {
    const seen: number[] = [];
    let configs: object[] = [];
    at.stub.answer = () => Response.json(syncResponse(["a"], { extensionConfigs: configs }));
    const onExtensionConfigs = ({ length }: readonly unknown[]): boolean => {
      const isNew = seen.at(-1) !== length;
      seen.push(length);
      return isNew;
    };
    await at.first("offer", { onExtensionConfigs });
    configs = [{ type: "t", config: [] }];
    await at.afterWait("unchanged");
    await at.afterWait("unchanged");
    at.stub.answer = () => Response.json(syncResponse([], { hash: "hash of a" }));
    await at.afterWait("unchanged");
    expect(seen).toEqual([0, 1, 1]);
    expect(at.host.told.filter((one) => one === "refresh")).toEqual(["refresh"]);
  });
});

describe("counts", () => {
  test("are taken with each request, also when there is nothing new", async () => {
    await at.first("offer");
    expect(at.host.acknowledged).toBe(1);
    at.host.statuses = [status("a", 5)];
    await at.afterWait("unchanged");
    expect(at.host.acknowledged).toBe(2);
    expect(at.stub.asked[1]!.request.policyStatuses).toMatchObject([{ id: "a", matchHits: 5n }]);
  });

  test("are sent once, whatever the answer is", async () => {
    const answers = [
      () => new Response("no", { status: 500 }),
      () => new Response("{", { headers: { "content-type": "application/json" } }),
      () => Response.json(syncResponse(["a"], { errorMessage: "no" })),
      () => Response.json({}),
    ];
    at.stub.answer = (count) =>
      (answers[count - 1] ?? (() => Response.json(syncResponse(["a"]))))();
    const sent = () => at.stub.asked.map(({ request }) => request.policyStatuses[0]?.matchHits);
    at.host.statuses = [status("a", 5)];
    await at.first("failed");
    at.host.statuses = [status("a", 2)];
    for (let i = 1; i < answers.length; i++) await at.afterWait("failed");
    await at.afterWait("offer");
    expect(sent()).toEqual([5n, 2n, undefined, undefined, undefined]);
    expect(at.host.acknowledged).toBe(answers.length + 1);
  });

  test("and volume as well: what came since the last request, once", async () => {
    const sent = () => at.stub.asked.map(({ request }) => request.volume?.logBytes);
    const came = (bytes: number): void => {
      at.host.volume = { ...NO_VOLUME, log: { items: 1, bytes } };
    };
    at.stub.answer = (count) =>
      count === 1 ? new Response("no", { status: 500 }) : Response.json(syncResponse(["a"]));
    came(70);
    await at.first("failed");
    came(5);
    await at.afterWait("offer");
    await at.afterWait("unchanged");
    expect(sent()).toEqual([70n, 5n, undefined]);
  });

  test("that never left are not sent later either", async () => {
    at.host.statuses = [status("a", 5)];
    let isDown = true;
    const down = (): Promise<Response> => Promise.reject(new Error("no network"));
    await at.first("failed", {
      fetch: (url, init) => (isDown ? down() : fetch(url, init)),
    });
    isDown = false;
    await at.afterWait("offer");
    expect(at.stub.asked.map(({ request }) => request.policyStatuses)).toEqual([[]]);
  });
});

test("an answer of protobuf without a content type is read as it was asked for", async () => {
  const body = toBinary(SyncResponseSchema, create(SyncResponseSchema, { hash: "h" }));
  const answer = new Response(body);
  answer.headers.delete("content-type");
  await at.first("offer", { encoding: "protobuf", fetch: () => Promise.resolve(answer) });
  expect(at.host.sets[0]!.hash).toBe("h");
});
