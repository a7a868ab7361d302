// The text that a crash leaves on standard error: enough for a bug report, and nothing of the
// telemetry. Only makes the text.

import { errorStack } from "../core/errors.ts";
import { redactText } from "../core/redact.ts";
import { COMMIT, VERSION } from "../o11y/build-info.ts";

/** sysexits.h EX_SOFTWARE: the program found itself at fault. */
export const CRASH_EXIT_CODE = 70;

/** What a report of a crash says beside the error. */
export interface CrashContext {
  /** Label of the distribution. */
  readonly distribution: string;
  /** Texts that must not be in it. */
  readonly secrets: readonly string[];
  /** Lines on what was done last, without anything that was in it. */
  readonly recent: () => readonly string[];
}

export type CrashEvent = "uncaughtException" | "unhandledRejection";

export function crashReport(
  event: CrashEvent,
  error: unknown,
  { distribution, secrets, recent }: CrashContext,
): string {
  return [
    "edge crashed: an error was not caught. This is a bug; please report the lines below.",
    `event ${event}`,
    ...buildLines(distribution),
    ...ageLines(),
    redactText(errorStack(error), secrets),
    ...recent(),
    "",
  ].join("\n");
}

/** What does not change while the program runs. */
export function buildLines(distribution: string): readonly string[] {
  return [
    `build ${distribution} ${VERSION} (${COMMIT})`,
    `runtime bun ${Bun.version} ${process.platform}-${process.arch}, pid ${process.pid}`,
  ];
}

/** How old the program is, and how large. */
export function ageLines(): readonly string[] {
  return [
    `uptime ${Math.round(process.uptime())} s`,
    `memory ${Math.round(process.memoryUsage.rss() / 1_048_576)} MiB resident`,
  ];
}
