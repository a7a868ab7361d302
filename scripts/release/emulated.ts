// Each executable for ARM, run under an emulator: it starts and takes one record through. What
// they send to, what they scrape, and the API of Lambda are one small server here.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildExecutable } from "../build.ts";
import { type CheckContext, SkipError, tool } from "./tools.ts";

const ARM_LIBRARIES = "/usr/aarch64-linux-gnu";
const RUN_MS_MAX = 180_000;
const RECORD = "taken through under an emulator";
const OTLP = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"${RECORD}"}}]}]}]}`;
const JSON_TYPE = { "content-type": "application/json" };

/** Asks a program that listens; resolves to what the record was seen in. */
type Ask = (url: string, outside: Outside) => Promise<string>;

const PROXIES: Readonly<Record<string, Ask>> = {
  edge: (url, outside) => sent(`${url}/v1/logs`, OTLP, outside),
  "edge-otlp": (url, outside) => sent(`${url}/v1/logs`, OTLP, outside),
  "edge-datadog": (url, outside) =>
    sent(`${url}/api/v2/logs`, JSON.stringify([{ message: RECORD }]), outside),
  "edge-prometheus": async (url) => (await fetch(`${url}/metrics`)).text(),
  "edge-lambda": (url, outside) => sent(`${url}/v1/logs`, OTLP, outside),
};

export async function emulated(context: CheckContext): Promise<string> {
  const emulator = Bun.which("qemu-aarch64-static") ?? tool("qemu-aarch64");
  if (!(await Bun.file(join(ARM_LIBRARIES, "lib/libc.so.6")).exists())) {
    throw new SkipError(`no C library for ARM in ${ARM_LIBRARIES}; Debian: libc6-arm64-cross`);
  }
  const run = [emulator, "-L", ARM_LIBRARIES];
  const outdir = join(context.folder, "dist");
  const names = [...Object.keys(PROXIES), "edge-tail"];
  for (const name of names) {
    const { path } = await buildExecutable({ name, outdir, target: "linux-arm64" });
    const ask = PROXIES[name];
    const seen =
      ask === undefined ? await tailed([...run, path]) : await asked([...run, path], ask, context);
    if (!seen.includes(RECORD))
      throw new Error(`${name}: the record did not come through: ${seen}`);
  }
  return `one record through each of ${names.join(", ")}`;
}

async function asked(command: string[], ask: Ask, { folder }: CheckContext): Promise<string> {
  const outside = new Outside();
  const probe = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const port = String(probe.port);
  await probe.stop(true);
  const config = join(folder, "arm.json");
  const keys = { worker_count: 1, upstream_url: outside.url, prometheus: { url: outside.url } };
  writeFileSync(config, JSON.stringify(keys));
  const isLambda = command.at(-1)?.includes("lambda") === true;
  const lambda = {
    AWS_LAMBDA_RUNTIME_API: new URL(outside.url).host,
    TERO_UPSTREAM_URL: outside.url,
  };
  const child = Bun.spawn(isLambda ? command : [...command, config], {
    env: { TERO_LISTEN_PORT: port, PATH: process.env["PATH"], ...(isLambda ? lambda : {}) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said = new Response(child.stderr).text();
  const timer = setTimeout(() => child.kill("SIGKILL"), RUN_MS_MAX);
  try {
    const url = `http://127.0.0.1:${port}`;
    while (!(await answers(`${url}/_health`))) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`it ended before it answered:\n${await said}`);
      }
      await Bun.sleep(100);
    }
    return await ask(url, outside);
  } finally {
    clearTimeout(timer);
    child.kill("SIGKILL");
    await child.exited;
    await outside.stop();
  }
}

async function tailed(command: string[]): Promise<string> {
  const child = Bun.spawn([...command, "-"], {
    stdin: new Blob([`${RECORD}\n`]),
    stdout: "pipe",
    stderr: "inherit",
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), RUN_MS_MAX);
  const text = await new Response(child.stdout).text();
  clearTimeout(timer);
  await child.exited;
  return text;
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function sent(url: string, body: string, outside: Outside): Promise<string> {
  const { status } = await fetch(url, { method: "POST", headers: JSON_TYPE, body });
  return status < 300 ? outside.received : `status ${status}`;
}

/** Whatever a program turns to. */
class Outside {
  received = "";
  readonly #server: Bun.Server<undefined>;

  constructor() {
    this.#server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: (request) => this.#answer(request),
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  stop(): Promise<void> {
    return this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/metrics") return new Response(`# HELP up ${RECORD}\nup 1\n`);
    if (pathname.endsWith("/extension/register")) {
      return Response.json({}, { headers: { "Lambda-Extension-Identifier": "1" } });
    }
    // No event comes.
    if (pathname.endsWith("/event/next")) return new Promise<Response>(() => undefined);
    this.received += await request.text();
    return Response.json({});
  }
}
