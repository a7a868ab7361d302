// Runs the real decoder, engine and OTLP/JSON format over one input of a conformance case, without
// a server of its own. It normalises nothing: it writes what an upstream would get.
// Usage: bun scripts/conformance-runner.ts (--policies FILE --stats FILE | --server URL)
//          --input FILE --output FILE --signal log|metric|trace [--encoding json|protobuf]

import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { EventBus } from "../src/o11y/index.ts";
import { filterInput, load, readPolicies, startEngine, statsOf } from "../src/cli/suite/judging.ts";
import { type PolicyEngine, type Signal, SIGNALS } from "../src/policy/index.ts";
import { HttpProvider, PolicyRegistry } from "../src/providers/index.ts";

interface RunnerOptions {
  readonly policies: string | undefined;
  readonly server: string | undefined;
  readonly input: string;
  readonly output: string;
  readonly stats: string | undefined;
  readonly signal: Signal;
  readonly encoding: "json" | "protobuf";
}

function readOptions(argv: readonly string[]): RunnerOptions {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      policies: text,
      server: text,
      input: text,
      output: text,
      stats: text,
      signal: text,
      encoding: { ...text, default: Bun.env["EDGE_SYNC_ENCODING"] ?? "protobuf" },
    },
  });
  const { policies, server, input, output, stats, encoding } = values;
  const signal = SIGNALS.find((one) => one === values.signal);
  if (signal === undefined) throw new Error("--signal: use log, metric or trace.");
  if (input === undefined || output === undefined) throw new Error("--input and --output: needed.");
  if ((policies === undefined) === (server === undefined)) {
    throw new Error("give one of --policies and --server.");
  }
  if (encoding !== "json" && encoding !== "protobuf") {
    throw new Error("--encoding: use json or protobuf.");
  }
  return { policies, server, input, output, stats, signal, encoding };
}

const SYNC_TIMEOUT_MS = 10_000;
/** Longer than any run: the set is asked for once, at the start. */
const NO_POLL_MS = 3_600_000;

/**
 * Runs `work` between two syncs with a control plane: the first brings the policies, the second
 * takes the counts. Throws when either fails.
 */
async function withServer(
  engine: PolicyEngine,
  url: string,
  encoding: RunnerOptions["encoding"],
  work: () => void,
): Promise<void> {
  const bus = new EventBus();
  let failure: string | undefined;
  bus.on("provider.failed", ({ reason }) => (failure = reason));
  const provider = new HttpProvider({
    id: "server",
    url,
    headers: [],
    encoding,
    pollIntervalMs: NO_POLL_MS,
    timeoutMs: SYNC_TIMEOUT_MS,
    identity: {
      stages: ["log_filter", "log_transform", "metric_filter", "trace_sampling"],
      service: {
        name: "edge-conformance",
        namespace: "edge",
        version: "0",
        instanceId: "conformance",
        resourceAttributes: [],
        labels: [],
      },
    },
  });
  const registry = new PolicyRegistry({ engine, bus, providers: [provider] });
  registry.start();
  await registry.whenReady;
  if (failure === undefined) work();
  await registry.stop(SYNC_TIMEOUT_MS);
  if (failure !== undefined) throw new Error(failure);
}

async function main(): Promise<void> {
  const { policies, server, input, output, stats, signal, encoding } = readOptions(
    process.argv.slice(2),
  );
  const engine = startEngine();
  const work = (): void => writeFileSync(output, filterInput(engine, signal, readFileSync(input)));
  if (policies !== undefined) {
    load(engine, readPolicies(readFileSync(policies, "utf8"), policies));
    work();
  }
  if (server !== undefined) await withServer(engine, server, encoding, work);
  if (stats !== undefined) writeFileSync(stats, JSON.stringify(statsOf(engine.totals())));
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(`conformance-runner: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
