// TLS of the listener of the compiled executable: certificates that are replaced while it runs, and
// certificates that it asks of clients.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { linkSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import { startProgram } from "../support/e2e-program.ts";
import { type Certificates, issueCertificates } from "../support/proxy-certificates.ts";
import { RawClient } from "../support/raw-client.ts";
import { RawEdge } from "../support/raw-edge.ts";
import { RecordingUpstream, rawResponse } from "../support/recording-upstream.ts";

const BUILD_TIMEOUT_MS = 120_000;
const GET = "GET /x HTTP/1.1\r\nHost: edge\r\n\r\n";

describe.skipIf(!hasEntryPoint("edge"))("TLS of the listener", () => {
  let folder = "";
  let upstream: RecordingUpstream;
  let made: Certificates;
  let other: Certificates;

  beforeAll(async () => {
    await executable("edge");
    folder = mkdtempSync(join(tmpdir(), "edge-tls-"));
    made = issueCertificates(folder);
    other = issueCertificates(mkdtempSync(join(folder, "other-")));
    upstream = await RecordingUpstream.start();
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await upstream.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(more: Record<string, unknown> = {}, tls: Record<string, unknown> = {}) {
    return RawEdge.start({
      config: {
        upstream_url: upstream.url,
        tls: { cert_file: "cert.pem", key_file: "key.pem", ...tls },
        admin: { listen: "127.0.0.1:0" },
        ...more,
      },
      files: { "cert.pem": made.server.cert, "key.pem": made.server.key, "clients.pem": made.ca },
    });
  }

  function connect(port: number, more: object = {}): Promise<RawClient> {
    return RawClient.connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false, ...more });
  }

  /** The subject of the certificate that a new connection is shown. */
  async function shown(port: number): Promise<string> {
    using client = await connect(port);
    return String((client.socket as TLSSocket).getPeerCertificate().subject.CN);
  }

  test("serves with the certificate of the configuration", async () => {
    await using edge = await start();
    expect(edge.url).toBe(`https://127.0.0.1:${edge.port}`);
    const answer = await fetch(edge.url, { tls: { ca: made.ca } });
    expect([answer.status, await answer.text()]).toEqual([200, "ok"]);
    expect(await shown(edge.port)).toBe("server");
  });

  test("shows new connections the pair that replaced it; what is in flight is answered", async () => {
    await using edge = await start();
    const reached = Promise.withResolvers<() => void>();
    upstream.respond = ({ socket }) => {
      reached.resolve(() => void socket.write(rawResponse(200, {}, "late")));
      return undefined;
    };
    using slow = (await connect(edge.port)).write(GET);
    const answer = await reached.promise;
    upstream.respond = () => rawResponse(200, {}, "ok");

    const at = (name: string): string => join(edge.program.folder, name);
    writeFileSync(at("cert.new"), made.client.cert);
    writeFileSync(at("key.new"), made.client.key);
    renameSync(at("cert.new"), at("cert.pem"));
    // Half of a pair is not taken.
    await edge.logged("tls.reload_failed");
    expect(await shown(edge.port)).toBe("server");
    renameSync(at("key.new"), at("key.pem"));
    await edge.logged("tls.expires_soon");
    expect(await shown(edge.port)).toBe("client");

    answer();
    expect((await slow.answer()).body).toBe("late");
    using next = (await connect(edge.port)).write(GET);
    expect((await next.answer()).body).toBe("ok");
  });

  test("takes on SIGHUP what no watch saw", async () => {
    await using edge = await start();
    // Written by another name in another folder, a file changes without the folder being told.
    for (const [name, text] of [
      ["cert.pem", made.client.cert],
      ["key.pem", made.client.key],
    ] as const) {
      const alias = join(folder, `alias-${name}`);
      linkSync(join(edge.program.folder, name), alias);
      writeFileSync(alias, text);
      rmSync(alias);
    }
    edge.program.signal("SIGHUP");
    await edge.logged("tls.expires_soon");
    expect(await shown(edge.port)).toBe("client");
  });

  for (const workers of [1, 2]) {
    test(`says to who asks for a reload what came of it, with ${workers} workers`, async () => {
      // Asked on the listener whose certificate is replaced.
      await using edge = await start({ worker_count: workers, admin: {} });
      const url = `${edge.url}/_edge/reload`;
      const reload = async (): Promise<unknown[]> => {
        const answer = await fetch(url, {
          method: "POST",
          keepalive: false,
          tls: { rejectUnauthorized: false },
        });
        const { tls } = (await answer.json()) as { tls: unknown };
        return [answer.status, tls];
      };
      expect(await reload()).toEqual([200, { changed: false, last_error: null }]);
      writeFileSync(join(edge.program.folder, "key.pem"), "");
      expect(await reload()).toEqual([
        502,
        {
          changed: false,
          last_error: "tls.key_file holds no usable PEM (a block BEGIN PRIVATE KEY is needed)",
        },
      ]);
      expect(await shown(edge.port)).toBe("server");
    });
  }

  test("replaces it in every worker", async () => {
    await using edge = await start({ worker_count: 2 });
    writeFileSync(join(edge.program.folder, "cert.pem"), made.client.cert);
    writeFileSync(join(edge.program.folder, "key.pem"), made.client.key);
    await edge.logged("tls.expires_soon");
    // Workers take it each in their time, and which of them gets a connection is the system's
    // choice.
    let inARow = 0;
    for (let tries = 0; inARow < 16 && tries < 1000; tries++) {
      // A connection that the kernel held for a listener that is just being replaced is reset.
      const name = await shown(edge.port).catch(() => "reset");
      inARow = name === "client" ? inARow + 1 : 0;
    }
    expect(inARow).toBe(16);
  });

  describe("with client_ca_file", () => {
    let edge: RawEdge;
    beforeAll(async () => {
      edge = await start({}, { client_ca_file: "clients.pem" });
    });
    afterAll(() => edge[Symbol.asyncDispose]());

    test("answers a client whose certificate the authority signed", async () => {
      const { cert, key } = made.client;
      using client = (await connect(edge.port, { cert, key })).write(GET);
      expect((await client.answer()).body).toBe("ok");
    });

    const strangers: readonly [string, () => object][] = [
      ["without a certificate", () => ({})],
      [
        "whose certificate another authority signed",
        () => ({ cert: other.client.cert, key: other.client.key }),
      ],
    ];
    for (const [name, options] of strangers) {
      test(`answers nothing to a client ${name}`, async () => {
        const before = upstream.requests.length;
        // TLS 1.3 tells a client only after its handshake that it is not welcome.
        const seen = await connect(edge.port, options()).then(
          async (client) => {
            client.write(GET);
            await client.ended();
            return client.seen;
          },
          () => "",
        );
        expect([seen, upstream.requests.length - before]).toEqual(["", 0]);
      });
    }
  });

  test("does not start with a key of another certificate: exit code 1, and it says why", async () => {
    const config = { listen_port: 0, tls: { cert_file: "cert.pem", key_file: "key.pem" } };
    await using program = await startProgram("edge", {
      files: {
        "config.json": JSON.stringify(config),
        "cert.pem": made.server.cert,
        "key.pem": made.client.key,
      },
    });
    expect(await program.exited).toBe(1);
    expect(program.output).toContain(
      "tls.key_file is not the key of the certificate in tls.cert_file",
    );
    expect(program.output).not.toContain("server.ready");
  });
});
