// The tools that people ask a server of gRPC with: grpcurl and grpc-health-probe, where they are
// installed.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { type Program, startProgram, WHERE } from "../../support/e2e-program.ts";
import { GrpcBackend } from "../../support/grpc/backend.ts";
import { LOGS } from "../../support/grpc/client.ts";

const BUILD_TIMEOUT_MS = 120_000;
const PROTOS = resolve(import.meta.dir, "../../../src/proto");
const PATHS = `${process.env["PATH"] ?? ""}:${join(homedir(), "go/bin")}`;
const GRPCURL = Bun.which("grpcurl", { PATH: PATHS });
const PROBE = Bun.which("grpc-health-probe", { PATH: PATHS });
const why = (tool: string | null, name: string): string =>
  tool === null ? `; skipped: ${name} is not installed` : "";

describe.skipIf(!hasEntryPoint("edge-otlp"))(`tools of gRPC, executable ${WHERE}`, () => {
  let backend: GrpcBackend;
  let program: Program;
  let address = "";

  beforeAll(async () => {
    await executable("edge-otlp");
    backend = await GrpcBackend.start();
    const config = {
      listen_port: 0,
      grpc: { listen_port: 0 },
      log_format: "json",
      upstream_url: `grpc://127.0.0.1:${backend.port}`,
    };
    const files = { "config.json": JSON.stringify(config) };
    program = await startProgram("edge-otlp", { files, args: ["config.json"] });
    address = await program.line(
      (line) => /"server\.ready".*"url":"grpc:\/\/([^/"]+)/.exec(line)?.[1],
    );
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await program[Symbol.asyncDispose]();
    await backend.stop();
  });

  async function run(command: readonly string[]) {
    const child = Bun.spawn([...command], { stdout: "pipe", stderr: "pipe" });
    const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    return { exit: await child.exited, out, err };
  }

  test.skipIf(PROBE === null)(
    `grpc-health-probe is told that it serves${why(PROBE, "grpc-health-probe")}`,
    async () => {
      const { exit, err } = await run([PROBE ?? "", `-addr=${address}`]);
      expect([exit, err]).toEqual([0, expect.stringContaining("SERVING")]);
    },
  );

  test.skipIf(GRPCURL === null)(
    `grpcurl exports logs, with metadata and without${why(GRPCURL, "grpcurl")}`,
    async () => {
      const file = "opentelemetry/proto/collector/logs/v1/logs_service.proto";
      const method = LOGS.slice(1);
      const message =
        '{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"severityText": "X"}]}]}]}';
      for (const more of [[], ["-H", "x-tenant: a"]]) {
        const schema = ["-import-path", PROTOS, "-proto", file];
        const command = [GRPCURL ?? "", "-plaintext", ...schema, "-d", message, ...more];
        const found = await run([...command, address, method]);
        expect([found.exit, found.err, JSON.parse(found.out)]).toEqual([0, "", {}]);
      }
      expect(backend.calls.map(({ fields }) => fields["x-tenant"])).toEqual([undefined, "a"]);
      expect(backend.calls.at(-1)?.body.includes("X")).toBe(true);
    },
  );
});
