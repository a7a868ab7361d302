// Makes Ctrl-C, or a signal to the process, abort a command that runs until somebody ends it,
// instead of killing the process, so that the command can undo what it changed.

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export async function untilInterrupted<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  for (const name of SIGNALS) process.on(name, abort);
  try {
    return await run(controller.signal);
  } finally {
    for (const name of SIGNALS) process.off(name, abort);
  }
}
