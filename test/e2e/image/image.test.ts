// The images, as far as they can be tried without a container engine: for each distribution the
// file tree that the Dockerfile makes, entered as the Dockerfile says, with a root that cannot be
// written to.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { assembleRootfs, imageOf, IMAGES, programOf } from "../../../scripts/rootfs.ts";
import { executable } from "../../support/e2e-executable.ts";
import { ISOLATED } from "../../support/e2e-program.ts";
import { dockerfileStage, enter, freePort, type Image } from "./entered.ts";
import { issueCertificates } from "../../support/proxy-certificates.ts";
import { RecordingUpstream, rawResponse } from "../../support/recording-upstream.ts";

const ROOT = resolve(import.meta.dir, "../../..");
const BUILD_TIMEOUT_MS = 240_000;
const DOCKERFILE = readFileSync(join(ROOT, "Dockerfile"), "utf8");
const ARCH = process.arch === "arm64" ? "arm64" : "amd64";
const OTLP = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"a"}}]}]}]}';

/** A request that each distribution sends on, and the path that its upstream sees. */
const REQUESTS = {
  edge: { path: "/v1/logs", body: OTLP, target: "/v1/logs" },
  otlp: { path: "/v1/logs", body: OTLP, target: "/v1/logs" },
  datadog: { path: "/api/v2/logs", body: '[{"message":"a"}]', target: "/api/v2/logs" },
  prometheus: { path: "/metrics", body: undefined, target: "/metrics" },
} as const;

describe("the Dockerfile", () => {
  const shared = { user: "65534:65534", workdir: "/app", entrypoint: ["/edge"] };
  const prefixed = IMAGES.filter((name) => name !== "edge").map((name) => `edge-${name}`);
  test.each([...IMAGES, ...prefixed])("has %s", (distribution) => {
    expect(dockerfileStage(DOCKERFILE, `image-${distribution}`)).toMatchObject(shared);
    expect(IMAGES).toContain(imageOf(distribution));
  });

  test("makes the tree with the script that these tests use, and ends with the stage asked for", () => {
    expect(DOCKERFILE).toContain('npx bun scripts/rootfs.ts "$DISTRIBUTION" /image ');
    expect(DOCKERFILE.trimEnd().split("\n").at(-1)).toBe("FROM image-${DISTRIBUTION}");
  });

  test("no image is made of anything else", () => {
    for (const name of ["lambda", "edge-lambda", "nginx", "edge-edge-otlp"]) {
      expect(() => imageOf(name)).toThrow(
        `"${name}" is no distribution of images; there are edge, datadog, otlp, prometheus, tail.`,
      );
    }
  });
});

const where = ISOLATED ? "in a chroot" : "skipped: a chroot needs root on Linux";
describe.skipIf(!ISOLATED)(`an image, ${where},`, () => {
  const folder = mkdtempSync(join(tmpdir(), "edge-image-"));
  const images = new Map<string, Image>();
  let upstream: RecordingUpstream;

  beforeAll(async () => {
    const { ca, server } = issueCertificates(mkdtempSync(join(folder, "certificates-")));
    upstream = await RecordingUpstream.start({ cert: server.cert, key: server.key });
    for (const image of IMAGES) {
      const root = join(folder, image);
      const program = await executable(programOf(image));
      assembleRootfs({ image, outdir: root, executable: program, arch: ARCH, libraries: "/" });
      appendFileSync(join(root, "etc/ssl/certs/ca-certificates.crt"), ca);
      images.set(image, { root, ...dockerfileStage(DOCKERFILE, `image-${image}`) });
    }
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await upstream.stop();
    rmSync(folder, { recursive: true });
  });

  test.each(IMAGES)("%s holds what it needs, readable for all, and nothing else", (image) => {
    const { root } = images.get(image)!;
    const paths = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
    const others = paths.filter((path) => !/^\/lib(?:64)?\/|^\/etc\//.test(path));
    expect(others.toSorted()).toEqual(["/app/config.json", "/edge"]);
    const closed = paths.filter((path) => (statSync(join(root, path)).mode & 0o444) !== 0o444);
    expect(closed).toEqual([]);
    expect(statSync(join(root, "tmp")).mode & 0o7777).toBe(0o1777);
  });

  test.each(["edge", "otlp", "prometheus"] as const)(
    "%s serves out of the box, and prints what it would have sent",
    async (image) => {
      const port = await freePort();
      await using program = enter(images.get(image)!, [], { TERO_LISTEN_PORT: String(port) });
      await program.line((line) => (line.includes("server.ready") ? line : undefined));
      expect(program.output).not.toContain("warning");
      expect((await fetch(`http://127.0.0.1:${port}/_health`)).status).toBe(200);
      if (image === "prometheus") return;
      const { path, body } = REQUESTS[image];
      const headers = { "content-type": "application/json" };
      await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", headers, body });
      const printed = '{"body":{"stringValue":"a"}}';
      expect(await program.line((line) => (line === printed ? line : undefined))).toBe(printed);
    },
    60_000,
  );

  test.each(["edge", "otlp", "prometheus", "datadog"] as const)(
    "%s lives as nobody, is healthy by its own word, and reaches an upstream over TLS",
    async (image) => {
      upstream.respond = () => rawResponse(200, {}, "up 1\n");
      const port = await freePort();
      const env = {
        TERO_LISTEN_PORT: String(port),
        TERO_UPSTREAM_URL: upstream.url,
        TERO_LOGS_URL: upstream.url,
        TERO_PROMETHEUS_URL: upstream.url,
        TERO_READY_TIMEOUT_MS: "0",
        TERO_API_KEY: "key",
      };
      const own = images.get(image)!;
      {
        await using probe = enter(own, own.healthcheck.slice(1), env);
        expect(await probe.exited).toBe(1);
      }
      await using program = enter(own, [], env);
      await program.line((line) => (line.includes("server.ready") ? line : undefined));
      const { uid } = statSync(`/proc/${program.pid}`);
      expect(uid).toBe(65_534);
      {
        await using probe = enter(own, own.healthcheck.slice(1), env);
        expect([await probe.exited, probe.output]).toEqual([0, ""]);
      }
      const { path, body, target } = REQUESTS[image];
      const sent = body === undefined ? {} : { method: "POST", body };
      const headers = { "content-type": "application/json" };
      const seen = upstream.requests.length;
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers, ...sent });
      expect([answer.status, await answer.text()]).toEqual([200, "up 1\n"]);
      const request = upstream.requests[seen]!;
      expect([request.target, request.body.toString()]).toEqual([target, body ?? ""]);
      program.signal("SIGTERM");
      expect(await program.exited).toBe(0);
    },
    60_000,
  );

  test("tail is healthy by its own word, and sends lines over TLS", async () => {
    const received = Promise.withResolvers<string>();
    upstream.respond = ({ request }) => {
      received.resolve(`${request.target} ${request.body.toString("latin1")}`);
      return rawResponse(200, { "content-type": "application/json" }, "{}");
    };
    const own = images.get("tail")!;
    mkdirSync(join(own.root, "logs"));
    writeFileSync(join(own.root, "logs/a.log"), "a line of nobody's\n");
    const env = {
      TERO_METRICS_LISTEN: `127.0.0.1:${await freePort()}`,
      TERO_OUTPUT_PATH: upstream.url.replace("https://", "otlp+https://"),
      TERO_OTLP_COMPRESSION: "none",
      TERO_READ_FROM: "head",
      TERO_STATE_DIR: "/tmp",
    };
    await using program = enter(own, ["/logs/a.log"], env);
    expect(await received.promise).toMatch(/^\/v1\/logs [\s\S]*a line of nobody's/);
    expect(statSync(`/proc/${program.pid}`).uid).toBe(65_534);
    {
      await using probe = enter(own, own.healthcheck.slice(1), env);
      expect([await probe.exited, probe.output]).toEqual([0, ""]);
    }
    program.signal("SIGTERM");
    expect(await program.exited).toBe(0);
  }, 60_000);

  test("datadog needs nothing but a key, and says so without one", async () => {
    const own = images.get("datadog")!;
    await using bare = enter(own, ["validate"]);
    expect([await bare.exited, bare.output.includes("TERO_API_KEY")]).toEqual([78, true]);
    await using given = enter(own, ["validate"], { TERO_API_KEY: "key" });
    expect(await given.exited).toBe(0);
    expect(given.output).toContain("/app/config.json: ok");
  });
});
