// Writes to standard error, on a fatal signal and before the runtime's own report, which build it
// was and what was in flight. It costs nothing where telemetry passes: threads write what they know
// about themselves to memory a few times a second, and the handler, which is machine code, prints
// that memory.

import { CRASH_TEXTS_MAX } from "../../core/limits.ts";
import { onThreadsEnding } from "../../system/end-thread.ts";
import { buildLines } from "../crash-report.ts";
import { addressOf, installSignalHandlers } from "./signal-handlers.ts";
import type { ThreadReports } from "./thread-reports.ts";

/** Numbers of signal(7) on Linux. The runtime has handlers of its own for all of them. */
const SIGNALS = [
  ["SIGILL", 4],
  ["SIGABRT", 6],
  ["SIGBUS", 7],
  ["SIGSEGV", 11],
] as const;

/** Undoes it: the handlers that were there before are there again. */
export type Uninstall = () => void;

/**
 * Installs the handlers. Undefined where there are none for this machine: the runtime reports
 * alone then.
 */
export function installFatalHandlers(
  reports: ThreadReports,
  distribution: string,
): Uninstall | undefined {
  const table = new Uint8Array(reports.memory);
  reports.bindTo(addressOf(table));
  const gate = new BigUint64Array([1n]);
  const handlers = SIGNALS.map(([name, signal]) => {
    const head = Buffer.from(
      [`edge crashed: ${name}. ${PLEA}`, ...buildLines(distribution), ""].join("\n"),
    );
    const texts = { table, count: CRASH_TEXTS_MAX };
    return { signal, gate, head, texts, next: "before" } as const;
  });
  const installed = installSignalHandlers(handlers);
  if (installed === undefined) return undefined;
  const listenNoMore = onThreadsEnding((isEnding) => {
    gate[0] = isEnding ? 0n : 1n;
  });
  return () => {
    listenNoMore();
    installed.uninstall();
  };
}

const PLEA = "This is a bug; please report the lines below, and those of the runtime behind them.";
