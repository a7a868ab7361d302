// What a fatal signal leaves on standard error before the runtime's own report: which build it was,
// and what was in flight. Costs nothing where telemetry passes: threads write what they know of
// themselves in memory a few times a second, and the handler, which is machine code, writes that.

import { CRASH_TEXTS_MAX } from "../../core/limits.ts";
import { buildLines } from "../crash-report.ts";
import type { ThreadReports } from "./thread-reports.ts";
import { HANDLER_BYTES, handlerBytes, MACHINE_CODE } from "./machine-code.ts";

/** Numbers of signal(7) on Linux. */
const SIGNALS = [
  ["SIGILL", 4],
  ["SIGABRT", 6],
  ["SIGBUS", 7],
  ["SIGSEGV", 11],
] as const;

/** C libraries of Linux: glibc, musl. */
const LIBRARIES = ["libc.so.6", `libc.musl-${process.arch === "x64" ? "x86_64" : "aarch64"}.so.1`];

/** `struct sigaction` in 64-bit words: handler, mask (16 words), flags, restorer. */
const ACTION_WORDS = 19;
const HANDLER_WORD = 0;

/** mmap(2), mprotect(2). */
const PAGE_BYTES = 4096;
const Protection = { readWrite: 3, readExecute: 5 } as const;
const PRIVATE_ANONYMOUS = 0x22;

/** Undoes it: the handlers that were there before are there again. */
export type Uninstall = () => void;

/**
 * Installs the handlers. Undefined where there are none for this machine, or where the C library
 * is not found: the runtime reports alone then. Takes a few milliseconds.
 */
export async function installFatalHandlers(
  reports: ThreadReports,
  distribution: string,
): Promise<Uninstall | undefined> {
  const code = process.platform === "linux" ? MACHINE_CODE[process.arch] : undefined;
  if (code === undefined) return undefined;
  const { ptr, toArrayBuffer } = await import("bun:ffi");
  const libc = await openLibrary();
  if (libc === undefined) return undefined;
  const { mmap, mprotect, sigaction } = libc.symbols;
  const mapped = mmap(null, PAGE_BYTES, Protection.readWrite, PRIVATE_ANONYMOUS, -1, 0);
  // MAP_FAILED is the highest address.
  const page = Number(mapped ?? 0);
  if (mapped === null || page <= 0 || page > Number.MAX_SAFE_INTEGER) return undefined;
  const bytes = new Uint8Array(toArrayBuffer(mapped, 0, PAGE_BYTES));
  const texts = ptr(new Uint8Array(reports.memory));
  reports.bindTo(BigInt(texts));
  const gate = new BigUint64Array([1n]);
  const installed = SIGNALS.flatMap(([name, number], at) => {
    const before = new BigUint64Array(ACTION_WORDS);
    sigaction(number, null, ptr(before));
    const next = before[HANDLER_WORD] ?? 0n;
    // The runtime has its own for all of them; without one there is nothing to go on to.
    if (next === 0n) return [];
    const head = Buffer.from(
      [`edge crashed: ${name}. ${PLEA}`, ...buildLines(distribution), ""].join("\n"),
    );
    const table = {
      gate: BigInt(ptr(gate)),
      head: BigInt(ptr(head)),
      headSize: BigInt(head.length),
      texts: BigInt(texts),
      count: BigInt(CRASH_TEXTS_MAX),
      next,
    };
    bytes.set(handlerBytes(code, table), at * HANDLER_BYTES);
    const action = before.slice();
    action[HANDLER_WORD] = BigInt(page + at * HANDLER_BYTES);
    return [{ number, before, action, head }];
  });
  if (mprotect(mapped, PAGE_BYTES, Protection.readExecute) !== 0) return undefined;
  for (const { number, action } of installed) sigaction(number, ptr(action), null);
  const used = [reports, gate, libc] as const;
  KEPT.add(used);
  for (const one of installed) KEPT.add(one);
  return () => {
    for (const { number, before } of installed) sigaction(number, ptr(before), null);
  };
}

const PLEA = "This is a bug; please report the lines below, and those of the runtime behind them.";

/** The machine code has addresses of these, which nothing else knows: they stay for ever. */
const KEPT = new Set<unknown>();

async function openLibrary() {
  const { dlopen } = await import("bun:ffi");
  for (const name of LIBRARIES) {
    try {
      return dlopen(name, {
        mmap: { args: ["ptr", "u64", "i32", "i32", "i32", "i64"], returns: "ptr" },
        mprotect: { args: ["ptr", "u64", "i32"], returns: "i32" },
        sigaction: { args: ["i32", "ptr", "ptr"], returns: "i32" },
      });
    } catch {
      // The other one, then.
    }
  }
  return undefined;
}
