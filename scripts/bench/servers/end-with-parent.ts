// No process that a benchmark starts outlives it.

/** For a process that a benchmark starts: ends it soon after the benchmark, however that ends. */
export function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, 500);
}
