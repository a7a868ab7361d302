// The compiled executable and a real S3 server that checks signatures: exactly the records that a
// policy names arrive, and none is lost when the server, or the program, goes away.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { create, fromBinary, fromJson, toBinary } from "@bufbuild/protobuf";
import {
  ExportLogsServiceRequestSchema,
  ExtensionTargetRefSchema,
  ExtensionTargetSchema,
  SyncResponseSchema,
} from "../../../src/proto/index.ts";
import { StubControlPlane } from "../../providers/http/stub-control-plane.ts";
import { DumpingEdge, type DumpingEdgeOptions } from "./dumping-edge.ts";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { startUpstream } from "../../support/e2e-upstream.ts";
import { S3_SERVER, S3Server } from "../../support/s3-server.ts";

const BUILD_TIMEOUT_MS = 120_000;
const TIMEOUT_MS = 60_000;
const WORKERS = [1, 2] as const;
const MODES = ["kept", "dropped", "unmatched", "matched", "all"] as const;
const BODIES = ["m drop", "drop", "m", "other"];
/** What becomes of a record is decided by another policy than the one that has it kept. */
const EXPECTED: Readonly<Record<(typeof MODES)[number], readonly string[]>> = {
  kept: ["m"],
  dropped: ["m drop"],
  unmatched: ["drop", "other"],
  matched: ["m", "m drop"],
  all: ["drop", "m", "m drop", "other"],
};

function contains(id: string, text: string, keep: string, mode?: string): object {
  const target = { kind: "s3", name: "archive" };
  const use = { type: "com.usetero/s3-dump", version: "1.0.0", mode, config: { target } };
  return {
    id,
    name: id,
    ...(mode === undefined ? {} : { extensions: [use] }),
    log: { match: [{ log_field: "body", regex: `(^|\\s)${text}(\\s|$)` }], keep },
  };
}

const POLICIES = [
  contains("dropper", "drop", "none"),
  ...MODES.map((mode) => contains(`mode-${mode}`, "m", "all", mode)),
];
const DROPS_ALL = [contains("drops", "m", "none", "dropped")];

const bodyOf = (text: string) => ({ body: { stringValue: text } });
const otlpJson = (texts: readonly string[]): string =>
  JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: texts.map(bodyOf) }] }] });
const otlpProtobuf = (texts: readonly string[]): Uint8Array => {
  const logRecords = texts.map((value) => ({
    body: { value: { case: "stringValue" as const, value } },
  }));
  const request = { resourceLogs: [{ scopeLogs: [{ logRecords }] }] };
  return toBinary(ExportLogsServiceRequestSchema, create(ExportLogsServiceRequestSchema, request));
};

/** Broadcasts where the server is; one of its policies names a target that there is not. */
function controlPlane(server: S3Server, encoding: "json" | "protobuf") {
  const stub = new StubControlPlane();
  const members = { bucket: server.bucket, endpoint: server.url };
  const config = new TextEncoder().encode(JSON.stringify(members));
  const target = create(ExtensionTargetSchema, { kind: "s3", name: "archive", config });
  const useOf = (name: string) => ({
    type: "com.usetero/s3-dump",
    version: "1.0.0",
    mode: "EXTENSION_MODE_DROPPED",
    config: Buffer.from(JSON.stringify({ target: { kind: "s3", name } })).toString("base64"),
  });
  const policyOf = (id: string, name: string) => ({
    id,
    name: id,
    enabled: true,
    extensions: [useOf(name)],
    log: { match: [{ logField: "LOG_FIELD_BODY", exact: "m" }], keep: "none" },
  });
  const document = {
    policies: [policyOf("drops", "archive"), policyOf("lost", "nowhere")],
    hash: "h",
    syncTimestampUnixNano: "1700000000000000001",
    extensionConfigs: [
      {
        type: "com.usetero/s3-dump",
        config: [Buffer.from(toBinary(ExtensionTargetSchema, target)).toString("base64")],
      },
    ],
  };
  stub.answer = () => {
    if (encoding === "json") return Response.json(document);
    const message = toBinary(SyncResponseSchema, fromJson(SyncResponseSchema, document));
    return new Response(message, { headers: { "content-type": "application/x-protobuf" } });
  };
  return Object.assign(stub, { [Symbol.asyncDispose]: () => stub.stop() });
}

/** The text of a record, of whatever form its line has. */
function textOf(line: string): string {
  const tree = JSON.parse(line);
  return tree.message ?? tree.resourceLogs[0].scopeLogs[0].logRecords[0].body.stringValue;
}

const hasAll = hasEntryPoint("edge") && S3_SERVER !== undefined;

describe.skipIf(!hasAll)("s3-dump of the executable (needs versitygw)", () => {
  let server: S3Server;
  const upstream = startUpstream();

  beforeAll(async () => {
    await executable("edge");
    server = await S3Server.start();
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  async function started(
    options: Omit<DumpingEdgeOptions, "server" | "upstream">,
  ): Promise<DumpingEdge> {
    const edge = new DumpingEdge({ server, upstream: upstream.url, ...options });
    await edge.start();
    return edge;
  }

  test.each(WORKERS)(
    "sends exactly the records of each mode, of every encoding, with %i workers",
    async (workers) => {
      const dump = { compression: workers === 1 ? "zstd" : "gzip" };
      await using edge = await started({ workers, dump, policies: POLICIES });
      const sent = await Promise.all([
        edge.post("/v1/logs", otlpJson(BODIES)),
        edge.post("/v1/logs", otlpProtobuf(BODIES), "application/x-protobuf"),
        edge.post("/api/v2/logs", JSON.stringify(BODIES.map((message) => ({ message })))),
      ]);
      expect(sent).toEqual([200, 200, 200]);
      const total = 3 * Object.values(EXPECTED).flat().length;
      const uploaded = () => edge.count("edge_s3_dump_records_uploaded_total");
      await edge.until("all arrive", async () => (await uploaded()) === total);
      const ending = workers === 1 ? ".zst" : ".gz";
      const keys = [...server.objects().keys()].filter((key) => key.endsWith(ending));
      for (const mode of MODES) {
        const own = keys.filter((key) => key.includes(`mode-${mode}-`));
        const texts = own.flatMap((key) => server.lines(key).map(textOf)).toSorted();
        expect([mode, texts]).toEqual([
          mode,
          EXPECTED[mode].flatMap((text) => [text, text, text]).toSorted(),
        ]);
      }
      expect(keys[0]).toMatch(/^e2e\/log\/\d{4}\/\d\d\/\d\d\/\d\d\/mode-/);
      expect(await edge.count("edge_s3_dump_records_dropped_total")).toBe(0);
      expect(await edge.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "is refused by the server with another secret, counts that, and passes telemetry",
    async () => {
      const before = server.objects().size;
      await using edge = await started({ workers: 1, policies: DROPS_ALL, secret: "wrong" });
      expect(await edge.post("/v1/logs", otlpJson(["m", "other"]))).toBe(200);
      const failed = () => edge.count("edge_s3_dump_objects_failed_total");
      await edge.until("it fails", async () => (await failed()) > 0);
      expect(edge.output).toContain("SignatureDoesNotMatch");
      expect(server.objects().size).toBe(before);
      expect(await edge.stop()).toBe(0);
      expect(edge.output).toMatch(/"extension.records_lost".*"reason":"shutdown","records":1/);
    },
    TIMEOUT_MS,
  );

  test.each(WORKERS)(
    "loses nothing while the server is away, with %i workers",
    async (workers) => {
      await using own = await S3Server.start();
      await using edge = new DumpingEdge({
        server: own,
        upstream: upstream.url,
        workers,
        policies: DROPS_ALL,
      });
      await edge.start();
      const texts = Array.from({ length: 60 }, (_, n) => `m ${n}`);
      const send = (from: number, to: number) =>
        Promise.all(texts.slice(from, to).map((text) => edge.post("/v1/logs", otlpJson([text]))));
      await send(0, 20);
      await own.kill();
      await send(20, 40);
      const failed = () => edge.count("edge_s3_dump_objects_failed_total");
      await edge.until("it fails twice", async () => (await failed()) > 1);
      await own.start();
      await send(40, 60);
      await edge.until("all arrive", () => own.lines().length >= texts.length);
      expect(own.lines().map(textOf).toSorted()).toEqual(texts.toSorted());
      expect(await edge.count("edge_s3_dump_records_dropped_total")).toBe(0);
    },
    TIMEOUT_MS,
  );

  test.each(WORKERS)(
    "loses nothing that is in the spool when it is killed, with %i workers",
    async (workers) => {
      await using own = await S3Server.start();
      await own.kill();
      const dump = { spool_path: "spool", max_batch_records: 7 };
      await using edge = new DumpingEdge({
        server: own,
        upstream: upstream.url,
        workers,
        dump,
        policies: DROPS_ALL,
      });
      await edge.start();
      const texts = Array.from({ length: 50 }, (_, n) => `m ${n}`);
      for (const text of texts) await edge.post("/v1/logs", otlpJson([text]));
      const spooled = () => edge.count("edge_s3_dump_records_spooled_total");
      await edge.until("all are written", async () => (await spooled()) === texts.length);
      await edge.kill();
      await own.start();
      await edge.start();
      await edge.until("all arrive", () => own.lines().length >= texts.length);
      expect(own.lines().map(textOf).toSorted()).toEqual(texts.toSorted());
      expect(edge.output).toContain('"dump.recovered"');
      expect(await edge.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test.each(["json", "protobuf"] as const)(
    "goes by targets and policies of a control plane, and tells it what is wrong (%s)",
    async (encoding) => {
      await using own = await S3Server.start();
      await using cp = controlPlane(own, encoding);
      const provider = {
        type: "http",
        id: "cp",
        url: cp.url,
        poll_interval: 1,
        content_type: encoding,
      };
      await using edge = new DumpingEdge({
        server: own,
        upstream: upstream.url,
        workers: 1,
        // The broadcast one wins over it.
        dump: { targets: [{ name: "archive", bucket: "none", endpoint: own.url }] },
        config: { policy_providers: [provider] },
      });
      await edge.start();
      await edge.post("/v1/logs", otlpJson(["m", "other"]));
      await edge.until("it arrives", () => own.lines().length > 0);
      expect(own.lines().map(textOf)).toEqual(["m"]);
      await edge.until(
        "statuses come",
        () => (cp.asked.at(-1)?.request.policyStatuses.length ?? 0) > 0,
      );
      const { clientMetadata, policyStatuses } = cp.asked.at(-1)!.request;
      const kinds = clientMetadata?.supportedExtensions.map(({ type, minVersion, config }) => [
        type,
        minVersion,
        config.map((bytes) => fromBinary(ExtensionTargetRefSchema, bytes).name),
      ]);
      expect(kinds).toEqual([["com.usetero/s3-dump", "1.0.0", ["archive"]]]);
      expect(policyStatuses.map(({ id, errors }) => [id, errors])).toEqual([
        ["drops", []],
        [
          "lost",
          [
            'policy: extensions[0]: com.usetero/s3-dump: no target s3 "nowhere"; there are s3 "archive"',
          ],
        ],
      ]);
    },
    TIMEOUT_MS,
  );

  test(
    "sends what is left when it is told to stop",
    async () => {
      const dump = { max_batch_age_ms: 600_000 };
      const policies = [contains("at-the-end", "m", "none", "dropped")];
      await using edge = await started({ workers: 2, dump, policies });
      for (let n = 0; n < 9; n++) await edge.post("/v1/logs", otlpJson([`m ${n}`, "other"]));
      expect(await edge.stop()).toBe(0);
      const texts = Array.from({ length: 9 }, (_, n) => `m ${n}`);
      expect(server.lines("at-the-end-").map(textOf).toSorted()).toEqual(texts);
    },
    TIMEOUT_MS,
  );
});
