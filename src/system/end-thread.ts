// Ends threads whatever they do. The engine stops one in the middle of a loop by an instruction
// that raises a signal, SIGSEGV, which it takes for what it is: whoever reports fatal signals must
// not report that one, and is told when it may come.

type EndingListener = (isEnding: boolean) => void;

let ending = 0;
const listeners = new Set<EndingListener>();

/** `listener` is called before threads are ended, and when all of those have. */
export function onThreadsEnding(listener: EndingListener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Ends the thread, unless it has ended; `terminate` resolves when it has. */
export async function endThread(thread: { terminate(): unknown }): Promise<void> {
  if (ending++ === 0) for (const listener of listeners) listener(true);
  try {
    await thread.terminate();
  } finally {
    if (--ending === 0) for (const listener of listeners) listener(false);
  }
}
