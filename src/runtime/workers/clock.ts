// One monotonic clock for all threads. Each thread's own clock starts with the thread, and the wall
// clock may be set at any time, so a worker asks the main thread once for its time. It blocks while
// it waits for the answer, which is what makes the result precise.

const ROUNDS = 3;
const WAIT_MS = 10_000;
/** Int32 word: answers given; Float64 word: the main thread's time at the last one. */
const ANSWERS = 0;
const TIME = 1;
const BYTES = 16;

export function createClock(): SharedArrayBuffer {
  return new SharedArrayBuffer(BYTES);
}

/** In the main thread: answers a worker that asks for the time. */
export function responseTime(memory: SharedArrayBuffer, nowMs: number): void {
  new Float64Array(memory)[TIME] = nowMs;
  const answers = new Int32Array(memory);
  Atomics.add(answers, ANSWERS, 1);
  Atomics.notify(answers, ANSWERS);
}

/**
 * In a worker: the main thread's clock from now on. Takes a few times as long as a message to the
 * main thread. `ask` makes the main thread call `responseTime`.
 */
export function followClock(memory: SharedArrayBuffer, ask: () => void): () => number {
  const answers = new Int32Array(memory);
  const times = new Float64Array(memory);
  let offsetMs = Number.NEGATIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const given = Atomics.load(answers, ANSWERS);
    ask();
    if (Atomics.wait(answers, ANSWERS, given, WAIT_MS) === "timed-out") {
      throw new Error(`the main thread did not tell the time within ${WAIT_MS} ms`);
    }
    // The response is always a little old; the freshest one is nearest to the truth.
    offsetMs = Math.max(offsetMs, (times[TIME] as number) - performance.now());
  }
  return () => performance.now() + offsetMs;
}
