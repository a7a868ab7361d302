// Runs the real decoder, engine and OTLP/JSON format over one input of a conformance case, without
// a server of its own. It normalises nothing: it writes what an upstream would get.
// Usage: bun scripts/conformance-runner.ts (--policies FILE --stats FILE | --server URL)
//          --input FILE --output FILE --signal log|metric|trace [--encoding json|protobuf]

import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { encodeUtf8 } from "../src/core/utf8.ts";
import { EventBus } from "../src/o11y/index.ts";
import { otlpJsonFormat } from "../src/protocols/otlp/format/index.ts";
import {
  AUTHORING,
  createEngine,
  decodePolicySet,
  type Evaluation,
  FIELD_COUNT,
  type Policy,
  type PolicyEngine,
  type PolicyStatus,
  type Signal,
  SIGNALS,
  Verdict,
} from "../src/policy/index.ts";
import { HttpProvider, parsePolicyDocument, PolicyRegistry } from "../src/providers/index.ts";
import { createJudge } from "../src/re2/index.ts";

/** Statistics of one run in the form that the cases expect: sorted by id, without empty rows. */
export interface Stats {
  readonly policies: readonly StatsRow[];
}
interface StatsRow {
  readonly policy_id: string;
  readonly hits: number;
  readonly misses?: number;
  readonly errors?: readonly string[];
}

/** An engine with the machine's clock and randomness, and nothing loaded. */
export function startEngine(): PolicyEngine {
  return createEngine({
    judge: createJudge(),
    nowMs: () => performance.now(),
    random: () => Math.random(),
  });
}

/** Loads a set to its end, without letting other work in between. */
export function load(engine: PolicyEngine, policies: readonly Policy[]): void {
  const steps = engine.replace(policies);
  while (steps.next().done !== true);
}

/** The policies of a file's text; throws when the document as a whole cannot be read. */
export function readPolicies(text: string, fileName: string): readonly Policy[] {
  const { policies, errors } = decodePolicySet(parsePolicyDocument(text, fileName).tree, AUTHORING);
  if (errors.length > 0) throw new Error(`${fileName}: ${errors.join("; ")}`);
  return policies;
}

/** Filters one OTLP/JSON request; what is left when all is gone is an empty object. */
export function filterInput(engine: PolicyEngine, signal: Signal, input: Uint8Array): Uint8Array {
  const evaluation = engine.evaluation(signal) ?? keepAll(signal);
  const outcome = otlpJsonFormat(signal).filter(input, evaluation, { alwaysRewrite: true });
  const body = outcome.body ?? input;
  return body.length === 0 ? encodeUtf8("{}") : body;
}

/** Counts since start, only of policies that have any, or errors. */
export function statsOf(totals: readonly PolicyStatus[]): Stats {
  const policies = totals
    .filter(({ hits, misses, errors }) => hits > 0 || misses > 0 || errors.length > 0)
    .map(({ id, hits, misses, errors }) => ({
      policy_id: id,
      hits,
      ...(misses > 0 ? { misses } : {}),
      ...(errors.length > 0 ? { errors } : {}),
    }));
  return { policies };
}

/** Stands in where no policy looks at a signal, so that such a request is rewritten like others. */
function keepAll(signal: Signal): Evaluation {
  const nothing = (): void => undefined;
  const no = (): boolean => false;
  const nobody = (): number => -1;
  return {
    fields: {
      signal,
      refs: [],
      fieldSlots: new Int32Array(FIELD_COUNT).fill(-1),
      paths: { root: nobody, child: nobody, slot: nobody, hasChildren: no },
      asks: no,
    },
    values: {
      has: no,
      putString: nothing,
      addString: nothing,
      putBytes: nothing,
      putInt: nothing,
      putDouble: nothing,
      putBool: nothing,
      putComposite: nothing,
    },
    begin: nothing,
    beginResource: nothing,
    beginScope: nothing,
    beginRecord: nothing,
    decide: () => Verdict.keep,
    offering: false,
    offer: nothing,
    editRecord: nothing,
    endScope: no,
    editScope: nothing,
    endResource: no,
    editResource: nothing,
    commit: () => undefined,
    abort: nothing,
  };
}

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
