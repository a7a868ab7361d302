// What an OpAMP server is told, over both transports: who this is, what became of its
// configurations, and that it is the last word.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { hostname } from "node:os";
import { status } from "../fake-host.ts";
import { effectiveOf, OpampSetup, partsOf, statusOf, type Transport, turn } from "./opamp-setup.ts";
import { configOf } from "./stub-opamp-server.ts";

const REPORTS = ["agentDescription", "health"];
const ALL = ["agentDescription", "health", "effectiveConfig", "remoteConfigStatus"];

describe.each(["http", "ws"] as const)("over %s", (transport: Transport) => {
  let at: OpampSetup;
  beforeEach(() => {
    at = new OpampSetup(transport);
  });
  afterEach(() => at.close());

  test("the first message says who this is, what it can do, and that it is well", async () => {
    const provider = await at.first("offer a");
    expect([provider.kind, provider.source]).toEqual(["opamp", at.server.urlOf(transport)]);
    const { message, header, headers } = at.server.told[0]!;
    expect(header).toEqual(transport === "ws" ? [0] : []);
    expect(partsOf(message)).toEqual(REPORTS);
    expect([message.sequenceNum, message.capabilities]).toEqual([1n, 0x3807n]);
    const uid = message.instanceUid.toHex();
    expect(uid).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
    expect(headers.get("opamp-instance-uid")?.replaceAll("-", "")).toBe(uid);
    expect(headers.get("authorization")).toBe("Bearer s3cret-token");
    const { identifyingAttributes, nonIdentifyingAttributes } = message.agentDescription!;
    const pairs = (list: typeof identifyingAttributes) =>
      Object.fromEntries(list.map(({ key, value }) => [key, value?.value.value]));
    expect(pairs(identifyingAttributes)).toEqual({
      "service.name": "edge",
      "service.namespace": "tero",
      "service.version": "1.0",
      "service.instance.id": "i-1",
    });
    expect(pairs(nonIdentifyingAttributes)).toMatchObject({
      "os.type": process.platform,
      "host.name": hostname(),
      "workspace.id": "w-1",
      region: "eu",
    });
    expect(message.health).toMatchObject({
      healthy: true,
      status: "no policies yet",
      startTimeUnixNano: 1_700_000_000_000_000_000n,
    });
  });

  test("a configuration is being applied, and then is in force", async () => {
    await at.settled();
    const { messages } = at.server;
    const told = messages.map(statusOf).filter((one) => one !== undefined);
    expect(told).toEqual([
      ["applying", "hash of a", ""],
      ["applied", "hash of a", ""],
    ]);
    const effective = messages.map(effectiveOf).filter(({ length }) => length > 0);
    const body = at.server.config?.config?.configMap?.["policies.json"]?.body;
    const text = new TextDecoder().decode(body);
    expect(effective).toEqual([[["policies.json", text, "application/json"]]]);
    expect(messages.findLast(({ health }) => health)?.health).toMatchObject({
      healthy: true,
      status: "1 policies in force",
      lastError: "",
    });
  });

  test("what is no news is not told again, and messages are numbered", async () => {
    const provider = await at.settled();
    const before = at.server.messages.length;
    await provider.reload();
    expect(at.server.messages.slice(before).map(partsOf)).toEqual([[]]);
    expect(at.server.messages.map(({ sequenceNum }) => Number(sequenceNum))).toEqual(
      at.server.messages.map((_, i) => i + 1),
    );
  });

  test("one that is no policies has failed, with the reason, and the last good one stays", async () => {
    const provider = await at.settled();
    const broken = (text: string, hash: string) => ({
      configHash: new TextEncoder().encode(hash),
      config: {
        configMap: {
          "p.yaml": { body: new TextEncoder().encode(text), contentType: "text/yaml" },
        },
      },
    });
    at.server.config = broken("policies: [", "broken");
    const failed = at.server.next((message) => statusOf(message)?.[0] === "failed");
    await provider.reload();
    const [, hash, reason] = statusOf(await failed)!;
    expect([hash, reason]).toEqual(["broken", expect.stringMatching(/^p\.yaml:1:\d+: /)]);
    expect([...new Set(at.host.news)]).toEqual(["offer a", `failed ${reason}`]);
    const lastHealth = () => at.server.messages.findLast(({ health }) => health)?.health;
    expect(lastHealth()).toMatchObject({ healthy: false, lastError: reason });
    // Whether it is offered again or not, it stays the last word.
    at.server.answer = ({ instanceUid }) => ({ instanceUid, remoteConfig: at.server.config });
    await provider.reload();
    at.server.answer = undefined;
    await provider.reload();
    expect(at.host.told.slice(-2)).toEqual([`failed ${reason}`, `failed ${reason}`]);
    expect(partsOf(at.server.messages.at(-1)!)).toEqual([]);

    const applied = at.server.next((message) => statusOf(message)?.[0] === "applied");
    at.server.config = configOf("a");
    await provider.reload();
    expect(statusOf(await applied)).toEqual(["applied", "hash of a", ""]);
    await provider.reload();
    expect([at.host.told.at(-1), lastHealth()?.healthy]).toEqual(["unchanged", true]);
  });

  test("one with bad policies is in force without them, and they are named", async () => {
    at.host.statuses = [status("a", 0, { errors: ["log: keep: x", "log: y"] }), status("b")];
    at.server.config = configOf("a", "b");
    await at.settled();
    const applied = at.server.messages.map(statusOf).find((one) => one?.[0] === "applied");
    expect(applied?.[2]).toBe(
      '1 of 2 policies have errors and do nothing: "a": log: keep: x; log: y',
    );
  });

  test("the health names policies with errors, when that changes", async () => {
    const provider = await at.settled();
    at.host.statuses = [status("a", 0, { errors: ["policy: duplicate id"] })];
    const before = at.server.messages.length;
    await provider.reload();
    const { health } = at.server.messages[before]!;
    expect([health?.healthy, Object.entries(health?.componentHealthMap ?? {})]).toEqual([
      true,
      [
        [
          "policy/a",
          expect.objectContaining({ healthy: false, lastError: "policy: duplicate id" }),
        ],
      ],
    ] as never);
  });

  test("all is told anew when the server asks for it, once", async () => {
    const provider = await at.settled();
    const before = at.server.messages.length;
    at.server.answer = ({ instanceUid }) => ({ instanceUid, flags: 1n });
    const full = at.server.next((message) => partsOf(message).length > 0);
    await provider.reload();
    await full;
    await provider.reload();
    await provider.reload();
    const parts = at.server.messages.slice(before).map(partsOf);
    // A server that asks after everything was told is told with the next message that is due.
    expect(parts.slice(0, 2)).toEqual([[], ALL]);
    const later = parts.slice(2).filter(({ length }) => length > 0);
    expect(later).toEqual(later.map(() => ALL));
    expect(parts.length).toBeLessThanOrEqual(6);
  });

  test("a new instance uid is taken, and the old one still answered for", async () => {
    const provider = await at.settled();
    const [{ instanceUid: former }] = at.server.messages as [(typeof at.server.messages)[0]];
    const uid = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
    at.server.answer = () => ({
      instanceUid: former,
      agentIdentification: { newInstanceUid: uid },
    });
    await provider.reload();
    await provider.reload();
    at.server.answer = undefined;
    expect(at.server.messages.at(-1)?.instanceUid.toHex()).toBe(uid.toHex());
    expect(at.host.told.at(-1)).toBe("unchanged");
  });

  test("the last message says goodbye", async () => {
    const provider = await at.settled();
    await provider.stop(1000);
    expect(partsOf(at.server.messages.at(-1)!)).toEqual(["agentDisconnect"]);
    expect(at.server.closed).toEqual(transport === "ws" ? [1000] : []);
  });

  test("the newest of several configurations is the one in the end", async () => {
    const provider = await at.settled();
    at.server.config = configOf("b");
    const [offered, applied] = [
      at.host.next("offer c"),
      at.server.next((message) => statusOf(message)?.[1] === "hash of c"),
    ];
    at.server.answer = (message) => {
      // The second comes while the first is being applied.
      if (statusOf(message)?.[1] !== "hash of b") return usual(message);
      at.server.config = configOf("c");
      return usual(message);
    };
    const usual = ({ instanceUid }: { instanceUid: Uint8Array }) => ({
      instanceUid,
      remoteConfig: at.server.config,
    });
    await provider.reload();
    await Promise.all([offered, applied]);
    await turn();
    expect(at.host.sets.at(-1)?.policies.map(({ id }) => id)).toEqual(["c"]);
  });
});
