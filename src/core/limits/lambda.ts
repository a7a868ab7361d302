// Bounds of the extension for AWS Lambda; a part of limits.ts.

/** Tries to register, within the ten seconds of Lambda's init phase. */
export const LAMBDA_REGISTER_ATTEMPTS = 5;
/** Between two questions for the next event, when one failed; doubled with each in a row. */
export const LAMBDA_NEXT_PAUSE_MS_MIN = 100;
export const LAMBDA_NEXT_PAUSE_MS_MAX = 5_000;
/** What the work of an invocation may prolong it by, and how long before its end it stops. */
export const LAMBDA_WORK_MS_MAX = 1_000;
export const LAMBDA_WORK_MARGIN_MS = 100;
/** After a flush that failed there is none for so long; doubled with each in a row. */
export const LAMBDA_PAUSE_MS_MIN = 1_000;
export const LAMBDA_PAUSE_MS_MAX = 60_000;
/** The longest time from SHUTDOWN to its deadline, which is used when none is told. */
export const LAMBDA_SHUTDOWN_MS_MAX = 2_000;
/** Part of the time to SHUTDOWN's deadline that is used; the rest is the runtime's, and reserve. */
export const LAMBDA_SHUTDOWN_SHARE = 0.65;
/** Bytes of an answer of the Extensions API; one of more is none. */
export const LAMBDA_ANSWER_BYTES_MAX = 64 * 1024;
/** For telling Lambda of an error before the process ends. */
export const LAMBDA_REPORT_TIMEOUT_MS = 300;
