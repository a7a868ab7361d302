// Benchmarks, one file each under scripts/bench: `bun run bench [NAME] [options]`. Figures of one
// run compare with each other, not with those of another machine or hour.

const BENCHES = [
  "engine",
  "costs",
  "files",
  "otlp",
  "grpc",
  "proxy",
  "sizing",
  "peers",
  "soak",
  "prometheus",
  "datadog",
  "chaos",
  "tail",
  "listeners",
  "steps",
  "edits",
  "dump",
  "memory",
  "burst",
  "analysis",
] as const;

const [name = "engine", ...args] = process.argv.slice(2);
if (!BENCHES.some((known) => known === name)) {
  console.error(`bench: no benchmark "${name}"; there are: ${BENCHES.join(", ")}`);
  process.exit(64);
}
const bench: unknown = await import(`./bench/${name}.ts`);
// Every file under scripts/bench exports run(args).
await (bench as { run: (args: readonly string[]) => Promise<void> }).run(args);
