// What all code that does I/O asks of the runtime and the operating system: timers, pauses between
// steps, files and folders. Must not know what the files are for.

export { backOffMs, retryAfterMs } from "./back-off.ts";
export { basicCredentials } from "./basic-credentials.ts";
export { BatchQueue, type BatchQueueOptions, type SendResult } from "./batch-queue.ts";
export { endThread } from "./end-thread.ts";
export { LoopShare, loopShare } from "./loop-share.ts";
export { type Pause, runInSteps, yieldToLoop } from "./pause.ts";
export { PacedTimer } from "./paced-timer.ts";
export { realSchedule, type Schedule } from "./timer.ts";
export { goBehindOtherThreads } from "./thread-priority.ts";
