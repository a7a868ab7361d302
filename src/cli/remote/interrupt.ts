// What goes on until somebody ends it: Ctrl-C, or a signal of whoever runs the command, aborts it
// instead of the process, so that it can put in order what it changed.

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
