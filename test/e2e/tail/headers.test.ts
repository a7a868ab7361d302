// Headers that users give the compiled tailer for its requests to an OTLP backend.

import { afterEach, beforeAll, describe, expect, test } from "bun:test";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { removeTailFolder, TailProgram, tailFolder } from "./tail-program.ts";

const BUILD_TIMEOUT_MS = 120_000;

describe.skipIf(!hasEntryPoint("edge-tail"))("headers for a backend", () => {
  const cleanups: (() => void)[] = [];

  beforeAll(() => executable("edge-tail"), BUILD_TIMEOUT_MS);
  afterEach(() => {
    for (const clean of cleanups.splice(0)) clean();
  });

  function setup() {
    const folder = tailFolder();
    cleanups.push(() => removeTailFolder(folder));
    const requests: Headers[] = [];
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: async (request) => {
        await request.arrayBuffer();
        requests.push(request.headers);
        return new Response(null, { headers: { "content-type": "application/x-protobuf" } });
      },
    });
    cleanups.push(() => void server.stop(true));
    writeFileSync(join(folder, "app.log"), "one\n");
    return { folder, requests, output: `otlp+http://jane:word@127.0.0.1:${server.port}` };
  }

  test("are of variables and files, which are read again when they change; no value is logged", async () => {
    const { folder, requests, output } = setup();
    writeFileSync(join(folder, "key"), "hush-1\n");
    const args = ["--output", output, "--otlp-header", "X-Tenant=${TENANT}"];
    args.push("--otlp-header-file", "x-key=key", "--otlp-header", "authorization=");
    args.push("--log-level", "debug", "--flush-interval-ms", "10", "--read-from", "head");
    const env = { TENANT: "hush-0" };
    const tail = await TailProgram.start({ folder, args: [...args, "app.log"], env });
    cleanups.push(() => tail.child.kill("SIGKILL"));
    const sent = (headers: Headers): (string | null)[] =>
      ["x-tenant", "x-key", "authorization", "content-type"].map((name) => headers.get(name));
    await tail.until(() => requests.length === 1);
    const type = "application/x-protobuf";
    expect(sent(requests[0]!)).toEqual(["hush-0", "hush-1", null, type]);
    writeFileSync(join(folder, "key"), "hush-2\n");
    await tail.until(() => tail.err.includes("upstream_headers.reloaded"));
    appendFileSync(join(folder, "app.log"), "two\n");
    await tail.until(() => requests.length === 2);
    expect(sent(requests[1]!)).toEqual(["hush-0", "hush-2", null, type]);
    tail.child.kill("SIGTERM");
    await tail.exited;
    expect(tail.err).not.toContain("hush");
  });

  test("that cannot be sent are told of at the start, without their values", async () => {
    const { folder, output } = setup();
    const run = async (...more: string[]) => {
      const { code, err } = await TailProgram.run({
        folder,
        args: ["--output", output, ...more, "app.log"],
      });
      return [code, err.includes("hush")] as const;
    };
    expect(await run("--otlp-header-file", "x-key=missing")).toEqual([78, false]);
    expect(await run("--otlp-header", "content-type=hush")).toEqual([78, false]);
    expect(await run("--otlp-header", "x key=hush")).toEqual([78, false]);
    expect(await run("--otlp-header", "x-key=hush\u0001")).toEqual([78, false]);
  });
});
