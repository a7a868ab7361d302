// The compiled tailer with copies of lines: in folders and in buckets, at the end of its input,
// when it is stopped, and while it runs.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { ExtensionTargetSchema } from "../../../src/proto/index.ts";
import { StubControlPlane } from "../../providers/http/stub-control-plane.ts";
import { ACCESS_KEY, S3_SERVER, S3Server, SECRET_KEY } from "../../support/s3-server.ts";
import { TailProgram, removeTailFolder, tailFolder } from "./tail-program.ts";

let folder = "";
beforeEach(() => {
  folder = tailFolder();
});
afterEach(() => removeTailFolder(folder));

const use = (kind: string, name: string, mode: string) => ({
  type: "com.usetero/s3-dump",
  version: "1.0.0",
  mode,
  config: { target: { kind, name } },
});

function policies(...extensions: readonly unknown[]): void {
  const match = [{ log_field: "body", contains: "DEBUG" }];
  const policy = { id: "debug", name: "No debug", log: { match, keep: "none" }, extensions };
  writeFileSync(join(folder, "policies.json"), JSON.stringify({ policies: [policy] }));
}

function settings(dump: Readonly<Record<string, unknown>>): void {
  const quick = { enabled: true, max_batch_age_ms: 20, flush_interval_ms: 10, ...dump };
  writeFileSync(join(folder, "tail.json"), JSON.stringify({ s3_dump: quick }));
}

/** All lines in the objects of a folder, in order of their names. */
function linesIn(path: string): readonly unknown[] {
  if (!existsSync(join(folder, path))) return [];
  return readdirSync(join(folder, path), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ndjson"))
    .sort()
    .flatMap((name) =>
      readFileSync(join(folder, path, name), "utf8")
        .trim()
        .split("\n"),
    )
    .map((line): unknown => JSON.parse(line));
}

const FOLDER_TARGET = { name: "local", kind: "file", path: "dump" };
const SLOW = { max_batch_age_ms: 3_600_000, flush_interval_ms: 3_600_000 };
const ARGS = ["-c", "tail.json", "-p", "policies.json"] as const;
const LINES = 'INFO 1\nDEBUG 1\n{"n":2,"message":"DEBUG"}\nINFO 2\n';
const DROPPED = [{ line: "DEBUG 1" }, { n: 2, message: "DEBUG" }];

describe("copies of lines", () => {
  test("are in the folder when all input is read, as they came", async () => {
    policies(use("file", "local", "dropped"));
    settings({ ...SLOW, targets: [FOLDER_TARGET] });
    const input = Buffer.from(LINES);
    expect(await TailProgram.run({ folder, args: ARGS, input })).toEqual({
      code: 0,
      out: "INFO 1\nINFO 2\n",
      err: "",
    });
    expect(linesIn("dump")).toEqual(DROPPED);
  });

  test("are what a container wrote, and targets may come from a variable", async () => {
    policies(use("file", "v", "dropped"));
    const time = "2026-01-02T03:04:05Z stdout";
    const text = `${time} F INFO 1\n${time} P DEB\n${time} F UG 1\n`;
    const env = {
      TERO_S3_DUMP_ENABLED: "true",
      TERO_S3_DUMP_TARGETS_JSON: '[{"name":"v","kind":"file","path":"dump"}]',
    };
    const args = ["--format=cri", "-p", "policies.json"];
    const input = Buffer.from(text);
    const { code, out, err } = await TailProgram.run({ folder, args, env, input });
    expect({ code, out, err }).toEqual({ code: 0, out: `${time} F INFO 1\n`, err: "" });
    expect(linesIn("dump")).toEqual([{ line: "DEBUG 1" }]);
  });

  test("leave when it is stopped, and while it runs", async () => {
    policies(use("file", "local", "dropped"));
    settings({ ...SLOW, targets: [FOLDER_TARGET] });
    appendFileSync(join(folder, "a.log"), LINES);
    const args = [...ARGS, "--read-from=head", "a.log"];
    const stopped = await TailProgram.start({ folder, args });
    await stopped.untilOut("INFO 1\nINFO 2\n");
    expect(linesIn("dump")).toEqual([]);
    expect(await stopped.stop()).toBe(0);
    expect(linesIn("dump")).toEqual(DROPPED);
    settings({ targets: [{ ...FOLDER_TARGET, path: "second" }] });
    const running = await TailProgram.start({ folder, args });
    await running.until(() => linesIn("second").length === 2);
    expect(await running.stop()).toBe(0);
  });

  test("that have no target are told, and lines go their way", async () => {
    policies(use("s3", "nowhere", "dropped"));
    settings({ targets: [FOLDER_TARGET] });
    const run = await TailProgram.run({ folder, args: ARGS, input: Buffer.from(LINES) });
    expect(run).toMatchObject({ code: 0, out: "INFO 1\nINFO 2\n" });
    expect(run.err).toContain('no target s3 \\"nowhere\\"; there are file \\"local\\"');
  });

  test("targets that are none are refused before anything is read", async () => {
    policies(use("file", "local", "dropped"));
    settings({ targets: [{ name: "local", kind: "file" }] });
    const run = await TailProgram.run({ folder, args: ARGS, input: Buffer.from(LINES) });
    expect(run).toMatchObject({ code: 78, out: "" });
    expect(run.err).toContain("s3_dump.targets[0]");
  });

  test.skipIf(S3_SERVER === undefined)("arrive in a bucket, and are counted", async () => {
    await using server = await S3Server.start();
    policies(use("s3", "archive", "dropped"));
    settings({
      targets: [{ name: "archive", bucket: server.bucket, endpoint: server.url, prefix: "t/" }],
    });
    appendFileSync(join(folder, "a.log"), LINES);
    const listen = ["--metrics-listen", `unix:${join(folder, "m.sock")}`];
    const args = [...ARGS, ...listen, "--read-from=head", "a.log"];
    const env = { AWS_ACCESS_KEY_ID: ACCESS_KEY, AWS_SECRET_ACCESS_KEY: SECRET_KEY };
    const program = await TailProgram.start({ folder, args, env });
    await program.untilOut("INFO 1\nINFO 2\n");
    const counted = async (): Promise<string | undefined> => {
      const unix = join(folder, "m.sock");
      const text = await (await fetch("http://edge/_edge/metrics", { unix })).text();
      return /^edge_s3_dump_records_uploaded_total(?:\{\S*\})? (\d+)/m.exec(text)?.[1];
    };
    while ((await counted()) !== "2") await Bun.sleep(10);
    expect(await program.stop()).toBe(0);
    expect(program.err).toBe("");
  });

  test.skipIf(S3_SERVER === undefined)("go where a control plane says", async () => {
    await using server = await S3Server.start();
    const plane = new StubControlPlane();
    const members = { bucket: server.bucket, endpoint: server.url };
    const config = new TextEncoder().encode(JSON.stringify(members));
    const target = create(ExtensionTargetSchema, { kind: "s3", name: "archive", config });
    const dump = use("s3", "archive", "dropped");
    const policy = {
      id: "debug",
      name: "No debug",
      enabled: true,
      log: { match: [{ logField: "LOG_FIELD_BODY", contains: "DEBUG" }], keep: "none" },
      extensions: [
        {
          ...dump,
          mode: "EXTENSION_MODE_DROPPED",
          config: Buffer.from(JSON.stringify(dump.config)).toString("base64"),
        },
      ],
    };
    const bytes = Buffer.from(toBinary(ExtensionTargetSchema, target)).toString("base64");
    plane.answer = () =>
      Response.json({
        policies: [policy],
        hash: "h",
        syncTimestampUnixNano: "1700000000000000001",
        extensionConfigs: [{ type: dump.type, config: [bytes] }],
      });
    const providers = [{ type: "http", url: plane.url, content_type: "json" }];
    const own = { s3_dump: { enabled: true, ...SLOW }, policy_providers: providers };
    writeFileSync(join(folder, "tail.json"), JSON.stringify(own));
    const env = { AWS_ACCESS_KEY_ID: ACCESS_KEY, AWS_SECRET_ACCESS_KEY: SECRET_KEY };
    const input = Buffer.from(LINES);
    const run = await TailProgram.run({ folder, args: ["-c", "tail.json"], env, input });
    expect(run).toEqual({ code: 0, out: "INFO 1\nINFO 2\n", err: "" });
    expect(server.lines().map((line): unknown => JSON.parse(line))).toEqual(DROPPED);
    const told = plane.asked.flatMap(({ request }) => request.clientMetadata?.supportedExtensions);
    expect(told[0]?.type).toBe(dump.type);
    await plane.stop();
  });
});
