// For the processes that a benchmark starts: they end when it has, however long it takes.

const LOOK_MS = 500;

/** Ends this process soon after the one that started it. */
export function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, LOOK_MS);
}
