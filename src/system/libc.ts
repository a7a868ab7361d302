// Functions of the C library, on Linux, that the runtime does not offer. Loaded when they are
// needed, because preparing them takes some milliseconds.

import { dlopen } from "bun:ffi";

/** C libraries of Linux: glibc, musl. */
const LIBRARIES = ["libc.so.6", `libc.musl-${process.arch === "x64" ? "x86_64" : "aarch64"}.so.1`];

/** Undefined where there is none of these libraries. */
export function openLibc(): Libc | undefined {
  if (process.platform !== "linux") return undefined;
  return (opened ??= open())?.symbols;
}

type Libc = NonNullable<ReturnType<typeof open>>["symbols"];

/** Kept: what is looked up in a library goes with it. */
let opened: ReturnType<typeof open>;

function open() {
  for (const name of LIBRARIES) {
    try {
      return dlopen(name, {
        listen: { args: ["i32", "i32"], returns: "i32" },
        madvise: { args: ["u64", "u64", "i32"], returns: "i32" },
        mmap: { args: ["ptr", "u64", "i32", "i32", "i32", "i64"], returns: "ptr" },
        mprotect: { args: ["ptr", "u64", "i32"], returns: "i32" },
        setitimer: { args: ["i32", "ptr", "ptr"], returns: "i32" },
        sigaction: { args: ["i32", "ptr", "ptr"], returns: "i32" },
      });
    } catch {
      // The other one, then.
    }
  }
  return undefined;
}
