// Searches for what breaks a promise, one file each under scripts/fuzz: `bun run fuzz [NAME]
// [options]`. Exits with 1 when something was found, and says how to see it again.

const SEARCHES = ["regex", "tests"] as const;

const [name = "regex", ...args] = process.argv.slice(2);
if (!SEARCHES.some((known) => known === name)) {
  console.error(`fuzz: no search "${name}"; there are: ${SEARCHES.join(", ")}`);
  process.exit(64);
}
const search: unknown = await import(`./fuzz/${name}.ts`);
// Every file under scripts/fuzz exports run(args).
process.exitCode = (search as { run: (args: readonly string[]) => number }).run(args);
