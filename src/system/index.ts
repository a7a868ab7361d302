// What is asked of the runtime and the operating system by all that does I/O: timers, pauses
// between steps, files and the folders that hold them. Must not know what the files are for.

export { backOffMs, retryAfterMs } from "./back-off.ts";
export { basicCredentials } from "./basic-credentials.ts";
export { BatchQueue, type BatchQueueOptions, type SendResult } from "./batch-queue.ts";
export { type Pause, runInSteps, yieldToLoop } from "./pause.ts";
export { PacedTimer } from "./paced-timer.ts";
export { realSchedule, type Schedule } from "./timer.ts";
