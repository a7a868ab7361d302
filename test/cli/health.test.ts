// `health`: whom it asks, and what it makes of the answer.

import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CliOptions, proxySpec, runCli } from "../../src/cli/index.ts";
import { tailSpec } from "../../src/cli/tail-spec.ts";
import { DISTRIBUTIONS, edgeTail } from "../../src/distributions.ts";
import { issueCertificates } from "../support/proxy-certificates.ts";

const nobody = (): Promise<never> => Promise.reject(new Error("nothing is run here"));
const folder = mkdtempSync(join(tmpdir(), "edge-health-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Exit code and what was printed. */
async function health(
  config: object,
  args: readonly string[] = [],
  env: CliOptions["env"] = {},
): Promise<[number, string]> {
  let printed = "";
  const options: CliOptions = {
    distribution: DISTRIBUTIONS.edge,
    version: "1.0.0",
    argv: ["health", ...args],
    env,
    io: { out: (text) => void (printed += text), err: (text) => void (printed += text) },
    readFile: () => new TextEncoder().encode(JSON.stringify(config)),
    checkPolicyFiles: nobody,
  };
  const code = await runCli(options, proxySpec(DISTRIBUTIONS.edge, nobody));
  return [code, printed];
}

/** A server that answers these statuses, by path. */
function serving(
  statuses: Readonly<Record<string, number>>,
  more: object = {},
): Bun.Server<undefined> {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    ...more,
    fetch: ({ url }) => new Response("", { status: statuses[new URL(url).pathname] ?? 404 }),
  });
}

describe("edge health", () => {
  test.each(["127.0.0.1", "0.0.0.0", "localhost"])("ends with 0 when %s lives", async (host) => {
    using server = serving({ "/_health": 200, "/_ready": 503 });
    const config = { listen_address: host, listen_port: server.port };
    expect(await health(config)).toEqual([0, ""]);
    const [code, printed] = await health(config, ["--ready"]);
    expect(code).toBe(1);
    expect(printed).toEndWith(`:${server.port}/_ready: answered 503\n`);
  });

  test("asks past the proxy of the environment, where variables say", async () => {
    using server = serving({ "/_health": 200 });
    const env = { TERO_LISTEN_PORT: String(server.port), HTTP_PROXY: "http://127.0.0.1:1" };
    expect(await health({ listen_port: 1 }, [], env)).toEqual([0, ""]);
  });

  test("asks admin.listen where there is one", async () => {
    using server = serving({ "/_health": 200 });
    const admin = { listen: `127.0.0.1:${server.port}` };
    expect(await health({ listen_port: 1, admin })).toEqual([0, ""]);
  });

  test("asks a unix socket", async () => {
    const path = join(folder, "s");
    using _ = Bun.serve({ unix: path, fetch: () => new Response("") });
    expect(await health({ listen_address: `unix:${path}` })).toEqual([0, ""]);
    const [code, printed] = await health({ listen_address: `unix:${folder}/none` });
    expect(code).toBe(1);
    expect(printed).toStartWith(`edge: unix:${folder}/none/_health: no answer (`);
  });

  test("asks over TLS, for whomever the certificate is", async () => {
    const { server: pair, caFile } = issueCertificates(folder, "edge.example");
    const { cert, key, certFile, keyFile } = pair;
    using server = serving({ "/_health": 200 }, { tls: { cert, key } });
    const tls = { cert_file: certFile, key_file: keyFile };
    const config = { listen_port: server.port, tls };
    expect(await health(config)).toEqual([0, ""]);
    expect(await health({ ...config, tls: { ...tls, client_ca_file: caFile } })).toEqual([
      1,
      "edge: tls.client_ca_file: clients need a certificate; set admin.listen, and that is asked.\n",
    ]);
  });

  test("ends with 1 when nobody is there, or somebody else", async () => {
    const server = serving({});
    const { port } = server;
    const where = `edge: http://127.0.0.1:${port}/_health`;
    expect(await health({ listen_port: port })).toEqual([1, `${where}: answered 404\n`]);
    await server.stop(true);
    expect(await health({ listen_port: port })).toEqual([
      1,
      `${where}: no answer (ECONNREFUSED)\n`,
    ]);
    expect(await health({ listen_port: 0 })).toEqual([
      1,
      "edge: the system chooses the port; only a port that the configuration names can be asked.\n",
    ]);
  });

  test("ends with 78 when the configuration is wrong", async () => {
    const [code, printed] = await health({ listen_prot: 1 });
    expect([code, printed.includes("listen_prot")]).toEqual([78, true]);
  });

  test("of a tailer asks where it serves its metrics", async () => {
    using server = serving({ "/_health": 200 });
    let printed = "";
    const run = (env: CliOptions["env"]): Promise<number> =>
      runCli(
        {
          distribution: edgeTail,
          version: "1.0.0",
          argv: ["health"],
          env,
          io: { out: () => undefined, err: (text) => void (printed += text) },
          checkPolicyFiles: nobody,
        },
        tailSpec,
      );
    expect(await run({ TERO_METRICS_LISTEN: `127.0.0.1:${server.port}` })).toBe(0);
    expect(await run({})).toBe(1);
    expect(printed).toBe(
      "edge-tail: metrics_listen: not set; only a program that serves its metrics can be asked.\n",
    );
  });
});
