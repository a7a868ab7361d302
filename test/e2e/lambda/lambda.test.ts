// The compiled extension for AWS Lambda, driven by an emulator of the Extensions API.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { startUpstream } from "../../support/e2e-upstream.ts";
import { LambdaEmulator } from "./emulator.ts";
import { Extension, freePort } from "./extension.ts";
import { ACCESS_KEY, S3_SERVER, S3Server, SECRET_KEY } from "../../support/s3-server.ts";
import { StubControlPlane, syncResponse } from "../../providers/http/stub-control-plane.ts";

const BUILD_TIMEOUT_MS = 120_000;
const TIMEOUT_MS = 30_000;

const target = { kind: "s3", name: "archive" };
const DROPS_DEBUG = {
  id: "drops",
  name: "drops",
  extensions: [{ type: "com.usetero/s3-dump", version: "1.0.0", mode: "dropped", target }],
  log: { match: [{ log_field: "body", exact: "debug" }], keep: "none" },
};
const STATIC = JSON.stringify({ policies: [DROPS_DEBUG] });

async function isOpen(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/_health`)).ok;
  } catch {
    return false;
  }
}

describe.skipIf(!hasEntryPoint("edge-lambda"))("the extension for AWS Lambda", () => {
  const upstream = startUpstream();
  const toUpstream = { TERO_UPSTREAM_URL: upstream.url };

  beforeAll(() => executable("edge-lambda"), BUILD_TIMEOUT_MS);
  afterAll(() => upstream[Symbol.asyncDispose]());

  test(
    "sends headers of its own upstream; files are read again at an invocation, no value is logged",
    async () => {
      await using emulator = new LambdaEmulator();
      const folder = mkdtempSync(join(tmpdir(), "edge-lambda-"));
      const file = join(folder, "key");
      const list = [
        { name: "dd-api-key", value: "${KEY}" },
        { name: "x-file", value_file: file },
        { name: "x-client", action: "remove" },
      ];
      const env = { ...toUpstream, TERO_UPSTREAM_HEADERS: JSON.stringify(list), KEY: "hush-1" };
      await using extension = await Extension.start(emulator, { ...env, TERO_LOG_LEVEL: "debug" });
      await emulator.asked(1);
      const post = async (): Promise<unknown[]> => {
        await fetch(`http://127.0.0.1:${extension.port}/api/v2/logs`, {
          method: "POST",
          headers: { "content-type": "application/json", "dd-api-key": "own", "x-client": "c" },
          body: '[{"message":"m"}]',
        });
        const { headers } = upstream.received.at(-1)!;
        return ["dd-api-key", "x-file", "x-client"].map((name) => headers[name]);
      };
      expect(await post()).toEqual(["hush-1", undefined, undefined]);
      writeFileSync(file, "hush-2\n");
      await emulator.invoke();
      expect(await post()).toEqual(["hush-1", "hush-2", undefined]);
      expect(extension.output).toContain("cannot be read (ENOENT); the header is not sent until");
      expect(extension.output).not.toContain("hush");
      rmSync(folder, { recursive: true });
    },
    TIMEOUT_MS,
  );

  test(
    "listens, then registers, then asks for events; policies of a variable apply",
    async () => {
      await using emulator = new LambdaEmulator();
      const port = await freePort();
      const open: boolean[] = [];
      emulator.onRegister = async () => void open.push(await isOpen(port));
      const env = { ...toUpstream, TERO_POLICY_STATIC: STATIC };
      await using extension = await Extension.start(emulator, env, port);
      await emulator.asked(1);
      expect(open).toEqual([true]);
      const [call] = emulator.callsOf("/register");
      expect([call?.method, call?.headers["lambda-extension-name"], call?.body]).toEqual([
        "POST",
        "edge-lambda",
        '{"events":["INVOKE","SHUTDOWN"]}',
      ]);
      const before = upstream.received.length;
      expect(await extension.post(["debug", "info"])).toBe(200);
      const sent = upstream.received.slice(before).map(({ body: bytes }) => Buffer.from(bytes));
      expect(sent.join("")).toBe('[{"message":"info"}]');
      await emulator.invoke();
      await emulator.invoke();
      emulator.shutdown();
      expect(await extension.exited).toBe(0);
      expect(emulator.calls.map(({ path }) => path)).toEqual([
        "/register",
        "/event/next",
        "/event/next",
        "/event/next",
      ]);
    },
    TIMEOUT_MS,
  );

  test(
    "starts whatever its settings are, and says what is wrong with them",
    async () => {
      await using emulator = new LambdaEmulator();
      await using extension = await Extension.start(emulator, {
        ...toUpstream,
        TERO_POLICY_STATIC: '{"policies": [{"id": ',
        TERO_MAX_BODY_SIZE: "five",
        TERO_LOG_LEVEL: "loud",
        TERO_POLICY_URL: "no url",
        TERO_FLUSH_STRATEGY: "sometimes",
        TERO_S3_DUMP_ENABLED: "maybe",
        TERO_S3_DUMP_TARGETS_JSON: "[",
        TERO_WORKER_COUNT: "4",
        TERO_NONE: "1",
      });
      await emulator.asked(1);
      expect(await extension.post(["debug"])).toBe(200);
      for (const name of [
        "TERO_MAX_BODY_SIZE",
        "TERO_LOG_LEVEL",
        "TERO_POLICY_URL",
        "TERO_FLUSH_STRATEGY",
        "TERO_S3_DUMP_ENABLED",
        "TERO_S3_DUMP_TARGETS_JSON",
        "TERO_WORKER_COUNT",
        "TERO_NONE",
      ]) {
        expect(extension.output).toMatch(new RegExp(`"lambda.setting_ignored".*${name}`));
      }
      await extension.logged('"provider.failed"');
      emulator.shutdown();
      expect(await extension.exited).toBe(0);
    },
    TIMEOUT_MS,
  );

  test.each(["nowhere.invalid", "203.0.113.1"])(
    "listens where it does by default when it cannot at %s, and says so",
    async (address) => {
      await using emulator = new LambdaEmulator();
      const env = { ...toUpstream, TERO_LISTEN_ADDRESS: address };
      await using extension = await Extension.start(emulator, env);
      await emulator.asked(1);
      expect(extension.output).toMatch(/"lambda.setting_ignored".*TERO_LISTEN_ADDRESS/);
      expect(await extension.post(["debug"])).toBe(200);
      emulator.shutdown();
      expect(await extension.exited).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "tells Lambda that it cannot start when its port is taken",
    async () => {
      await using emulator = new LambdaEmulator();
      const taken = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("") });
      await using extension = await Extension.start(emulator, toUpstream, taken.port);
      expect(await extension.exited).toBe(1);
      await taken.stop(true);
      const [told] = emulator.callsOf("/init/error");
      expect(told?.headers["lambda-extension-function-error-type"]).toBe("Extension.CannotListen");
      expect(JSON.parse(told?.body ?? "{}")).toMatchObject({ errorType: "Extension.CannotListen" });
    },
    TIMEOUT_MS,
  );

  test(
    "ends with an error outside of Lambda",
    async () => {
      const child = Bun.spawnSync([await executable("edge-lambda")], { env: { PATH: "" } });
      expect([child.exitCode, child.stderr.toString()]).toEqual([
        1,
        "edge-lambda: AWS_LAMBDA_RUNTIME_API is not set: this program is an extension that AWS Lambda starts; to run a proxy, use edge.\n",
      ]);
    },
    TIMEOUT_MS,
  );

  test(
    "asks again when the API fails, and registers again; after 403 and 500 it ends and says so",
    async () => {
      await using emulator = new LambdaEmulator();
      emulator.registerStatuses.push(500, 503);
      emulator.faults.push({ status: 502 }, "broken", { status: 429 });
      await using extension = await Extension.start(emulator, toUpstream);
      await emulator.asked(4);
      expect(emulator.callsOf("/register")).toHaveLength(3);
      await emulator.invoke();
      await extension.logged('"lambda.api_failed"');
      for (const status of [403, 500]) {
        await using other = new LambdaEmulator();
        other.faults.push({ status });
        await using ending = await Extension.start(other, toUpstream);
        expect([status, await ending.exited]).toEqual([status, 1]);
        expect(other.calls.map(({ path }) => path)).toEqual([
          "/register",
          "/event/next",
          "/exit/error",
        ]);
      }
    },
    TIMEOUT_MS,
  );

  test(
    "goes on after a freeze: the connection to the upstream that died meanwhile is replaced",
    async () => {
      await using emulator = new LambdaEmulator();
      let requests = 0;
      const backend = http.createServer((request, response) => {
        request.resume().on("end", () => {
          requests++;
          response.end("{}");
        });
      });
      await new Promise<void>((resolve) => void backend.listen(0, "127.0.0.1", resolve));
      const address = backend.address();
      const port = typeof address === "object" ? (address?.port ?? 0) : 0;
      await using extension = await Extension.start(emulator, {
        TERO_UPSTREAM_URL: `http://127.0.0.1:${port}`,
      });
      await emulator.asked(1);
      expect(await extension.post(["one"])).toBe(200);
      await emulator.invoke();
      extension.signal("SIGSTOP");
      backend.closeAllConnections();
      const answered = extension.post(["two"]);
      extension.signal("SIGCONT");
      expect([await answered, requests]).toEqual([200, 2]);
      await emulator.invoke();
      backend.close();
      emulator.shutdown("timeout");
      expect(await extension.exited).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "syncs policies at an invocation when that is due, and tells the last counts at the end",
    async () => {
      await using emulator = new LambdaEmulator();
      const plane = new StubControlPlane();
      const drops = (id: string) => ({
        id,
        name: id,
        enabled: true,
        log: { match: [{ logField: "LOG_FIELD_BODY", exact: "debug" }], keep: "none" },
      });
      plane.answer = () => Response.json(syncResponse([], { policies: [drops("a")], hash: "h" }));
      const policy = { TERO_POLICY_URL: plane.url, TERO_POLICY_API_KEY: "key" };
      await using extension = await Extension.start(emulator, {
        ...toUpstream,
        ...policy,
        TERO_POLICY_POLL_INTERVAL: "3600",
      });
      await emulator.asked(1);
      await extension.post(["debug", "debug", "info"]);
      await emulator.invoke();
      expect(plane.asked).toHaveLength(1);
      emulator.shutdown();
      expect(await extension.exited).toBe(0);
      await plane.stop();
      const [first, last] = [plane.asked[0]!, plane.asked.at(-1)!];
      expect(first.headers.get("authorization")).toBe("Bearer key");
      expect(plane.asked).toHaveLength(2);
      expect(last.request.policyStatuses.map(({ id, matchHits }) => [id, matchHits])).toEqual([
        ["a", 2n],
      ]);
    },
    TIMEOUT_MS,
  );

  describe.skipIf(S3_SERVER === undefined)("with s3-dump (needs versitygw)", () => {
    let server: S3Server;
    beforeAll(async () => {
      server = await S3Server.start();
    }, TIMEOUT_MS);
    afterAll(() => server[Symbol.asyncDispose]());

    const dumpEnv = (more: Readonly<Record<string, string>> = {}) => ({
      ...toUpstream,
      AWS_ACCESS_KEY_ID: ACCESS_KEY,
      AWS_SECRET_ACCESS_KEY: SECRET_KEY,
      TERO_POLICY_STATIC: STATIC,
      TERO_S3_DUMP_ENABLED: "true",
      TERO_S3_DUMP_TARGETS_JSON: JSON.stringify([
        { name: "archive", bucket: server.bucket, endpoint: server.url },
      ]),
      ...more,
    });

    test(
      "sends what is due at an invocation, and the rest at the end",
      async () => {
        await using emulator = new LambdaEmulator();
        const env = dumpEnv({ TERO_S3_DUMP_MAX_BATCH_AGE_MS: "0" });
        await using extension = await Extension.start(emulator, env);
        await emulator.asked(1);
        await extension.post(["debug", "info"]);
        await emulator.invoke();
        expect(server.lines()).toEqual(['{"message":"debug"}']);
        await using others = new LambdaEmulator();
        await using lazy = await Extension.start(others, dumpEnv());
        await others.asked(1);
        await lazy.post(["debug"]);
        await others.invoke();
        expect(server.lines()).toHaveLength(1);
        others.shutdown();
        expect(await lazy.exited).toBe(0);
        expect(server.lines()).toHaveLength(2);
      },
      TIMEOUT_MS,
    );

    test(
      "ends in time at SHUTDOWN with a dead control plane and a dead target, others are flushed",
      async () => {
        await using emulator = new LambdaEmulator();
        // They take connections and say nothing.
        const silent = Bun.serve({
          port: 0,
          hostname: "127.0.0.1",
          idleTimeout: 0,
          fetch: () => new Promise<Response>(() => undefined),
        });
        const dead = `http://127.0.0.1:${silent.port}`;
        const use = DROPS_DEBUG.extensions[0]!;
        const both = {
          ...DROPS_DEBUG,
          extensions: [use, { ...use, target: { kind: "s3", name: "dead" } }],
        };
        await using extension = await Extension.start(
          emulator,
          dumpEnv({
            TERO_POLICY_STATIC: JSON.stringify({ policies: [both] }),
            TERO_POLICY_URL: `${dead}/v1/policy/sync`,
            TERO_S3_DUMP_TARGETS_JSON: JSON.stringify([
              { name: "archive", bucket: server.bucket, endpoint: server.url, prefix: "end/" },
              { name: "dead", bucket: "b", endpoint: dead },
            ]),
          }),
        );
        await emulator.asked(1);
        await extension.post(["debug"]);
        emulator.shutdown("spindown", 2000);
        const startedMs = performance.now();
        expect(await extension.exited).toBe(0);
        const tookMs = performance.now() - startedMs;
        console.log(`      SHUTDOWN with dead servers took ${Math.round(tookMs)} ms`);
        expect([...server.objects().keys()].filter((key) => key.startsWith("end/"))).toHaveLength(
          1,
        );
        expect(extension.output).toMatch(
          /"extension.records_lost".*"reason":"shutdown","records":1/,
        );
        await silent.stop(true);
      },
      TIMEOUT_MS,
    );
  });
});
