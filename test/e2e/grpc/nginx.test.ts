// nginx before the port of gRPC, and between Edge and its upstream: it keeps connections and a
// table of headers, which is where servers of gRPC go wrong behind it.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as http2 from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { framed, GRPC } from "../../../src/core/grpc/index.ts";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { type Program, startProgram } from "../../support/e2e-program.ts";
import { GrpcBackend } from "../../support/grpc/backend.ts";
import { callOn } from "../../support/grpc/client.ts";

const BUILD_TIMEOUT_MS = 120_000;
const CALLS = 300;
const NGINX = Bun.which("nginx", { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` });
const WHY = NGINX === null ? "; skipped: nginx is not installed" : "";
const MESSAGE = framed(Uint8Array.of(10, 4, 10, 2, 10, 0));

describe.skipIf(NGINX === null || !hasEntryPoint("edge-otlp"))(`nginx with grpc_pass${WHY}`, () => {
  let folder: string;
  let backend: GrpcBackend;
  let program: Program;
  let nginx: Bun.Subprocess;
  let session: http2.ClientHttp2Session;

  beforeAll(async () => {
    await executable("edge-otlp");
    folder = mkdtempSync(join(tmpdir(), "edge-nginx-"));
    backend = await GrpcBackend.start();
    backend.respond = ({ stream }) => {
      // A table of headers that nginx does not keep would fail every second call: the runtime's.
      stream.respond(unindexed({ ":status": 200, "content-type": "application/grpc" }), {
        waitForTrailers: true,
      });
      stream.on("wantTrailers", () => stream.sendTrailers(unindexed({ "grpc-status": 0 })));
      stream.end(new Uint8Array(5));
    };
    const behind = freePort();
    const config = {
      listen_port: 0,
      grpc: { listen_port: 0 },
      log_format: "json",
      upstream_url: `grpc://127.0.0.1:${behind}`,
    };
    const files = { "config.json": JSON.stringify(config) };
    program = await startProgram("edge-otlp", { files, args: ["config.json"] });
    const port = await program.line(
      (line) => /"server\.ready".*"url":"grpc:.*:(\d+)"/.exec(line)?.[1],
    );
    nginx = await startNginx(folder, Number(port), behind, backend.port);
    const path = join(folder, "front.sock");
    session = http2.connect("http://edge", { path } as http2.ClientSessionOptions);
    session.on("error", () => undefined);
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    session.destroy();
    nginx.kill();
    await nginx.exited;
    await program[Symbol.asyncDispose]();
    await backend.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("before and behind: every call arrives and is answered", async () => {
    const statuses: (number | undefined)[] = [];
    for (let index = 0; index < CALLS; index++) {
      statuses.push((await callOn(session, { body: MESSAGE })).status);
    }
    expect(statuses).toEqual(Array.from({ length: CALLS }, () => GRPC.ok));
    expect(backend.calls).toHaveLength(CALLS);
    expect(backend.calls.every(({ body }) => body.equals(MESSAGE))).toBe(true);
  });
});

function unindexed(fields: http2.OutgoingHttpHeaders): http2.OutgoingHttpHeaders {
  return { ...fields, [http2.sensitiveHeaders]: [...Object.keys(fields), "date"] };
}

/** Of the system's choice; somebody else could take it before nginx does, if only in theory. */
function freePort(): number {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: () => undefined },
  });
  const { port } = listener;
  listener.stop(true);
  return port;
}

/** `front`: before Edge, on a socket in the folder; `behind`: the port before the backend. */
async function startNginx(
  folder: string,
  edge: number,
  behind: number,
  backend: number,
): Promise<Bun.Subprocess> {
  const config = join(folder, "nginx.conf");
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  writeFileSync(
    config,
    `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections 256; }
http {
  access_log off;
  ${paths.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n  ")}
  upstream edge { server 127.0.0.1:${edge}; keepalive 8; }
  upstream backend { server 127.0.0.1:${backend}; keepalive 8; }
  server { listen unix:${folder}/front.sock http2; location / { grpc_pass grpc://edge; } }
  server { listen 127.0.0.1:${behind} http2; location / { grpc_pass grpc://backend; } }
}
`,
  );
  const child = Bun.spawn([NGINX ?? "nginx", "-c", config, "-p", folder], {
    stdout: "ignore",
    stderr: "ignore",
  });
  const path = join(folder, "front.sock");
  for (let attempt = 0; child.exitCode === null; attempt++) {
    if (attempt > 500) throw new Error("nginx does not listen");
    try {
      (await Bun.connect({ unix: path, socket: { data: () => undefined } })).end();
      return child;
    } catch {
      await new Promise<void>((resolve) => void setTimeout(resolve, 10));
    }
  }
  throw new Error("nginx ended at its start");
}
