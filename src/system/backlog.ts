// How many connections may wait in the kernel until a busy program accepts them. The runtime uses
// 512 and has no option for it; a client beyond that number has to retry a second later.

import { LISTEN_BACKLOG } from "../core/limits.ts";

/**
 * Lets more connections wait on a socket that listens, as far as the system has room
 * (`net.core.somaxconn`). Linux only: elsewhere the runtime's number holds. Never rejects.
 */
export async function deepenBacklog(listener: object): Promise<void> {
  // The runtime has it; its types do not know it.
  if (!("fd" in listener) || typeof listener.fd !== "number") return;
  // What calls the C library is loaded beside the start, not for it.
  const { openLibc } = await import("./libc.ts");
  // For a socket that listens already, the call only sets the number.
  openLibc()?.listen(listener.fd, LISTEN_BACKLOG);
}
