// What is asked of the runtime and the operating system by all that does I/O: timers, pauses
// between steps, files and the folders that hold them. Must not know what the files are for.

export { type BackOff, backOffMs, retryAfterMs } from "./back-off.ts";
export { basicCredentials } from "./basic-credentials.ts";
export { BatchQueue, type BatchQueueOptions, type SendResult } from "./batch-queue.ts";
export { FolderWatch } from "./folder-watch.ts";
export { type Pause, runInSteps, yieldToLoop } from "./pause.ts";
export { PacedTimer, type PacedTimerOptions } from "./paced-timer.ts";
export { FileReadError, readRegularFile } from "./read-file.ts";
export { realSchedule, type Schedule } from "./timer.ts";
