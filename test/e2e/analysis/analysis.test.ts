// An analysis through the compiled executable: over HTTP and gRPC, by one thread and by two
// workers, whose counts come together.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { framed } from "../../../src/core/grpc/index.ts";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { type Program, startProgram, WHERE } from "../../support/e2e-program.ts";
import { type Recorder, startUpstream } from "../../support/e2e-upstream.ts";
import { callOn, connect } from "../../support/grpc/client.ts";

const BUILD_TIMEOUT_MS = 120_000;
const REQUESTS = 16;
const RECORDS = 5;

/** A field of protobuf with a length. */
function field(number: number, ...pieces: readonly Uint8Array[]): Uint8Array {
  const payload = Buffer.concat(pieces);
  return Buffer.concat([Uint8Array.of(number * 8 + 2, payload.length), payload]);
}

/** An export request with logs `job N is done`, severity INFO. */
function message(from: number): Uint8Array {
  const record = (i: number): Uint8Array =>
    field(2, Uint8Array.of(16, 9), field(5, field(1, Buffer.from(`job ${from + i} is done`))));
  const records = Array.from({ length: RECORDS }, (_, i) => record(i));
  return field(1, field(2, ...records));
}

describe.skipIf(!hasEntryPoint("edge"))(`analyses, executable ${WHERE}`, () => {
  beforeAll(async () => void (await executable("edge")), BUILD_TIMEOUT_MS);

  for (const workers of [1, 2]) {
    describe(`${workers} threads`, () => {
      let upstream: Recorder;
      let program: Program;
      let url: string;
      let grpcPort: number;

      beforeAll(async () => {
        upstream = startUpstream();
        const config = {
          listen_port: 0,
          grpc: { listen_port: 0 },
          worker_count: workers,
          log_format: "json",
          upstream_url: upstream.url,
          admin: { show_payloads: true },
          analysis: { sample: 1 },
        };
        const files = { "config.json": JSON.stringify(config) };
        program = await startProgram("edge", { files, args: ["config.json"] });
        url = await program.url();
        const grpc = await program.line(
          (line) => /"event":"server\.ready".*"url":"(grpc:[^"]+)"/.exec(line)?.[1],
        );
        grpcPort = Number(new URL(grpc.replace(/^grpc/, "http")).port);
      }, BUILD_TIMEOUT_MS);
      afterAll(async () => {
        await program[Symbol.asyncDispose]();
        await upstream[Symbol.asyncDispose]();
      });

      test("what all of them saw is one pattern", async () => {
        const on = await fetch(`${url}/_edge/analysis?seconds=600`, { method: "POST" });
        expect(await on.json()).toMatchObject({
          on: true,
          threads: { asked: workers, answered: workers },
        });
        for (let i = 0; i < REQUESTS; i++) {
          const sent = await fetch(`${url}/v1/logs`, {
            method: "POST",
            headers: { "content-type": "application/x-protobuf", connection: "close" },
            body: message(i * RECORDS),
          });
          expect(sent.status).toBe(200);
          const session = await connect(grpcPort);
          const { status } = await callOn(session, { body: framed(message(i * RECORDS)) });
          expect(status).toBe(0);
          session.close();
        }
        const shown: unknown = await (await fetch(`${url}/_edge/analysis`)).json();
        expect(shown).toMatchObject({
          threads: { asked: workers, answered: workers },
          sample: { requests: REQUESTS * 2 },
          logs: {
            records: REQUESTS * 2 * RECORDS,
            patterns: [
              { template: "job <*> is done", severity: "INFO", records: REQUESTS * 2 * RECORDS },
            ],
          },
        });
        const off = await fetch(`${url}/_edge/analysis?off=true`, { method: "POST" });
        expect(await off.json()).toMatchObject({ on: false, since: null, logs: null });
      });
    });
  }
});
