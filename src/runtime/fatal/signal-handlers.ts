// Installs and removes signal handlers in machine code, on Linux: one page of memory for each, and
// the timer of the process that sends a signal. Knows the meaning of no signal. It is loaded only
// when handlers are to be installed, as is the C library.

import { ptr, toArrayBuffer } from "bun:ffi";
import { openLibc } from "../../system/libc.ts";
import { HANDLER_BYTES, handlerBytes, MACHINE_CODE, RETURN_CODE } from "./machine-code.ts";

/** `struct sigaction` in 64-bit words: handler, mask (16 words), flags, restorer. */
const ACTION_WORDS = 19;
const HANDLER_WORD = 0;
const FLAGS_WORD = 17;
const RESTART = 0x1000_0000n;

/** mmap(2), mprotect(2). */
const PAGE_BYTES = 4096;
const Protection = { readWrite: 3, readExecute: 5 } as const;
const PRIVATE_ANONYMOUS = 0x22;

/** setitimer(2): the timer of real time, which sends SIGALRM. */
const ITIMER_REAL = 0;
/** `struct itimerval`: an interval and the time that is left, in seconds and microseconds. */
const TIMER_WORDS = 4;

/** What a signal writes to standard error. None of the memory may be moved or let go. */
export interface SignalHandler {
  readonly signal: number;
  /** The handler writes if it is not 0, and makes it 0. */
  readonly gate: BigUint64Array;
  readonly head: Uint8Array;
  /** A table for writev(2), and how many texts it has; written after the head. */
  readonly texts?: { readonly table: Uint8Array; readonly count: number };
  /**
   * What happens then. `before`: the handler that was there, and a signal without one is left
   * alone; `return`: the program goes on.
   */
  readonly next: "before" | "return";
}

/** Handlers that are installed. */
export interface InstalledHandlers {
  /** SIGALRM comes once after so long, unless this is called again; 0: it does not come. */
  alarmAfter(ms: number): void;
  /** The handlers that were there before are there again. */
  uninstall(): void;
}

/** Where memory is, for a table of addresses. */
export function addressOf(memory: Uint8Array | BigUint64Array): bigint {
  return BigInt(ptr(memory));
}

/**
 * Undefined where there is no machine code for this machine, or where the C library is not found.
 */
export function installSignalHandlers(
  handlers: readonly SignalHandler[],
): InstalledHandlers | undefined {
  const libc = openLibc();
  const code = MACHINE_CODE[process.arch];
  const returning = RETURN_CODE[process.arch];
  if (code === undefined || returning === undefined || libc === undefined) return undefined;
  const { mmap, mprotect, sigaction, setitimer } = libc;
  const mapped = mmap(null, PAGE_BYTES, Protection.readWrite, PRIVATE_ANONYMOUS, -1, 0);
  // MAP_FAILED is the highest address.
  const page = Number(mapped ?? 0);
  if (mapped === null || page <= 0 || page > Number.MAX_SAFE_INTEGER) return undefined;
  const bytes = new Uint8Array(toArrayBuffer(mapped, 0, PAGE_BYTES));
  const returnAt = handlers.length * HANDLER_BYTES;
  bytes.set(returning, returnAt);
  const installed = handlers.flatMap(({ signal, gate, head, texts, next }, at) => {
    const before = new BigUint64Array(ACTION_WORDS);
    sigaction(signal, null, ptr(before));
    const action = before.slice();
    if (next === "return") action[FLAGS_WORD] = RESTART;
    else if (before[HANDLER_WORD] === 0n) return [];
    const table = {
      gate: addressOf(gate),
      head: addressOf(head),
      headSize: BigInt(head.length),
      // With a count of 0 it is not looked at.
      texts: addressOf(texts?.table ?? head),
      count: BigInt(texts?.count ?? 0),
      next: next === "return" ? BigInt(page + returnAt) : (before[HANDLER_WORD] ?? 0n),
    };
    bytes.set(handlerBytes(code, table), at * HANDLER_BYTES);
    action[HANDLER_WORD] = BigInt(page + at * HANDLER_BYTES);
    return [{ signal, before, action }];
  });
  if (mprotect(mapped, PAGE_BYTES, Protection.readExecute) !== 0) return undefined;
  for (const { signal, action } of installed) sigaction(signal, ptr(action), null);
  for (const used of [...handlers, ...installed]) KEPT.add(used);
  const time = new BigInt64Array(TIMER_WORDS);
  return {
    alarmAfter: (ms) => {
      time[2] = BigInt(Math.floor(ms / 1000));
      time[3] = BigInt((ms % 1000) * 1000);
      setitimer(ITIMER_REAL, ptr(time), null);
    },
    uninstall: () => {
      for (const { signal, before } of installed) sigaction(signal, ptr(before), null);
    },
  };
}

/** The machine code has addresses of these, which nothing else knows: they stay for ever. */
const KEPT = new Set<unknown>();
