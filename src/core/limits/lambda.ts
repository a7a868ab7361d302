// Bounds of the extension for AWS Lambda; a part of limits.ts.

/** Attempts to register, within the ten seconds of Lambda's init phase. */
export const LAMBDA_REGISTER_ATTEMPTS = 5;
/** Pause before asking for the next event again after a failure; doubled with each in a row. */
export const LAMBDA_NEXT_PAUSE_MS_MIN = 100;
export const LAMBDA_NEXT_PAUSE_MS_MAX = 5_000;
/** By how much work may prolong an invocation, and how long before its end the work stops. */
export const LAMBDA_WORK_MS_MAX = 1_000;
export const LAMBDA_WORK_MARGIN_MS = 100;
/** Pause in flushing after a flush has failed; doubled with each failure in a row. */
export const LAMBDA_PAUSE_MS_MIN = 1_000;
export const LAMBDA_PAUSE_MS_MAX = 60_000;
/** The longest time from SHUTDOWN to its deadline; used if no deadline is given. */
export const LAMBDA_SHUTDOWN_MS_MAX = 2_000;
/**
 * Part of the time to SHUTDOWN's deadline that is used; the rest is for the runtime, and a reserve.
 */
export const LAMBDA_SHUTDOWN_SHARE = 0.65;
/** Bytes of a response of the Extensions API; a longer one is invalid. */
export const LAMBDA_ANSWER_BYTES_MAX = 64 * 1024;
/** Time for reporting an error to Lambda before the process ends. */
export const LAMBDA_REPORT_TIMEOUT_MS = 300;
