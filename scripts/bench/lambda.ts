// What the extension takes of a function on AWS Lambda: memory at rest, with 100 policies and under
// invocations, the time until it asks for its first event, and the size of its layer. The API is
// that of the tests. Resident memory is asked for after a rest, because what a start leaves is
// freed a second after it; the yardstick is an extension that does nothing but ask for events.
// Option: --rows=WORDS, rows whose title begins with one of these words.

import { join } from "node:path";
import { LambdaEmulator } from "../../test/e2e/lambda/emulator.ts";
import { buildLayers, compile } from "../build.ts";
import { fineCpuMs, freePort, LoadBench, mostResidentMb, residentMb } from "./load.ts";
import type { Report } from "./report/report.ts";

const SETTLE_MS = 3000;
const STARTS = 9;
const POLICIES = 100;
const INVOCATIONS = 50;
const LOGS_PER_INVOCATION = 400;
const MIB = 1024 * 1024;

/** What all rows share. */
interface Setting {
  readonly report: Report;
  readonly bench: LoadBench;
  /** Takes what the extension lets through. */
  readonly sink: string;
  /** Where policies are synced from: a sandbox's environment has no room for a hundred. */
  readonly plane: string;
}

interface Extension {
  readonly title: string;
  readonly executable: string;
  readonly policies: number;
}

export async function run(report: Report): Promise<void> {
  const bench = new LoadBench();
  const plane = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => Response.json(SYNCED) });
  try {
    const sink = (await bench.script("sink.ts")).url;
    const bare = join(bench.folder, "bare-extension");
    const edge = join(bench.folder, "edge-lambda");
    const servers = join(import.meta.dir, "servers");
    // As in the layer.
    await compile(join(servers, "bare-extension.ts"), bare, { isSmall: true });
    await compile(join(import.meta.dir, "../../src/edge-lambda.ts"), edge, { isSmall: true });
    const words = report.option("rows")?.split(",");
    const extensions = [
      { title: "a bare Bun extension", executable: bare, policies: 0 },
      { title: "no policies", executable: edge, policies: 0 },
      { title: `${POLICIES} policies`, executable: edge, policies: POLICIES },
    ].filter(({ title }) => words?.some((word) => title.startsWith(word)) ?? true);
    const setting = { report, bench, sink, plane: `${plane.url.origin}/v1/policy/sync` };
    await memoryOf(setting, extensions);
    await startsOf(setting, extensions);
    if (words === undefined) await layerSizes(setting);
  } finally {
    await bench.close();
    await plane.stop(true);
  }
}

async function memoryOf(setting: Setting, extensions: readonly Extension[]): Promise<void> {
  const { report } = setting;
  const table = report.table("an extension's resident memory", {
    idle: "MB",
    "after invocations": "MB",
    most: "MB",
  });
  for (const extension of extensions) {
    await using emulator = new LambdaEmulator();
    const { pid, url } = start(setting, extension, emulator);
    await emulator.asked(1);
    await Bun.sleep(report.amount(SETTLE_MS, 100));
    const idle = residentMb(pid);
    if (extension.title.includes("bare")) {
      table.row(extension.title, { idle });
    } else {
      await invocations(report, emulator, url);
      table.row(extension.title, {
        idle,
        "after invocations": residentMb(pid),
        most: mostResidentMb(pid),
      });
    }
    process.kill(pid, "SIGKILL");
  }
}

/** As a function's logs come: by the forwarder, in the Datadog format, during each invocation. */
async function invocations(report: Report, emulator: LambdaEmulator, url: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  for (let i = 0; i < report.amount(INVOCATIONS, 1); i++) {
    const logs = Array.from({ length: LOGS_PER_INVOCATION }, (_, log) => ({
      message: `request ${log} of invocation ${i} was answered within ${log % 90} ms`,
      service: "checkout",
      status: log % 3 === 0 ? "debug" : "info",
    }));
    const sent = fetch(`${url}/api/v2/logs`, {
      method: "POST",
      headers,
      body: JSON.stringify(logs),
    });
    const [answer] = await Promise.all([sent, emulator.invoke()]);
    await answer.arrayBuffer();
    if (!answer.ok) report.fault(`logs of an invocation were answered with ${answer.status}`);
  }
}

/** Until the first event is asked for: Lambda begins the function's own start only then. */
async function startsOf(setting: Setting, extensions: readonly Extension[]): Promise<void> {
  const { report } = setting;
  const table = report.table("an extension's start, until it asks for an event", {
    median: "ms",
    "of a core": "ms",
  });
  for (const extension of extensions) {
    const times: { readonly ms: number; readonly cpuMs: number }[] = [];
    for (let i = 0; i < report.amount(STARTS, 1); i++) {
      await using emulator = new LambdaEmulator();
      const startedMs = performance.now();
      const { pid } = start(setting, extension, emulator);
      await emulator.asked(1);
      times.push({ ms: performance.now() - startedMs, cpuMs: fineCpuMs(pid) });
      process.kill(pid, "SIGKILL");
    }
    const median = times.toSorted((a, b) => a.ms - b.ms)[times.length >> 1];
    table.row(extension.title, { median: median?.ms, "of a core": median?.cpuMs });
  }
}

function start(
  { bench, sink, plane }: Setting,
  { executable, policies }: Extension,
  emulator: LambdaEmulator,
): { readonly pid: number; readonly url: string } {
  const port = freePort();
  const child = bench.spawn([executable], {
    AWS_LAMBDA_RUNTIME_API: emulator.address,
    TERO_LISTEN_PORT: String(port),
    TERO_UPSTREAM_URL: sink,
    TERO_LOG_LEVEL: "err",
    ...(policies === 0 ? {} : { TERO_POLICY_URL: plane }),
  });
  return { pid: child.pid, url: `http://127.0.0.1:${port}` };
}

/** A control plane's answer; half of the policies have a regular expression. */
const SYNCED = {
  hash: "one",
  policies: Array.from({ length: POLICIES }, (_, i) => ({
    id: `policy-${i}`,
    name: `policy ${i}`,
    enabled: true,
    log: {
      match: [
        i % 2 === 0
          ? { logField: "LOG_FIELD_BODY", regex: `^job ${i} of [a-z]+ ended` }
          : { logField: "LOG_FIELD_BODY", contains: `module ${i} is idle` },
      ],
      keep: "none",
    },
  })),
};

async function layerSizes({ report, bench }: Setting): Promise<void> {
  const table = report.table("a layer of AWS Lambda", { zip: "MiB" });
  for (const { path, bytes } of await buildLayers(join(bench.folder, "layers"))) {
    table.row(path.includes("arm64") ? "arm64" : "x86_64", { zip: bytes / MIB });
  }
}
