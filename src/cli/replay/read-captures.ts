// Reads captures from beginning to end, and shows the progress.

import { stat } from "node:fs/promises";
import { UndecodableError } from "../../core/errors.ts";
import { PROGRESS_INTERVAL_MS } from "../../core/limits.ts";
import type { CommandContext } from "../command.ts";
import type { RecordBody } from "../policies/records.ts";
import { capturedBodies, type Progress } from "./captures.ts";

/** Gives all bodies of captures to `take`; answers how many could not be read. */
export async function readCaptures(
  paths: readonly string[],
  context: CommandContext,
  take: (body: RecordBody) => void,
): Promise<number> {
  const progress: Progress = { bytes: 0 };
  const bar = new ProgressBar(context, await sizeOf(paths), progress);
  let unread = 0;
  for (const path of paths) {
    for await (const body of capturedBodies(path, progress)) {
      try {
        take(body);
      } catch (error) {
        if (!(error instanceof UndecodableError)) throw error;
        unread++;
      }
      bar.show();
    }
  }
  bar.end();
  return unread;
}

async function sizeOf(paths: readonly string[]): Promise<number> {
  const sizes = await Promise.all(
    paths.map(async (path) => {
      try {
        return (await stat(path)).size;
      } catch {
        return 0;
      }
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** On standard error, and on terminals only. */
class ProgressBar {
  readonly #context: CommandContext;
  readonly #total: number;
  readonly #progress: Progress;
  #shownMs = 0;

  constructor(context: CommandContext, total: number, progress: Progress) {
    this.#context = context;
    this.#total = total;
    this.#progress = progress;
  }

  show(): void {
    if (this.#context.io.isTerminal !== true || this.#total === 0) return;
    const nowMs = performance.now();
    if (nowMs - this.#shownMs < PROGRESS_INTERVAL_MS) return;
    this.#shownMs = nowMs;
    const share = Math.min(1, this.#progress.bytes / this.#total);
    const filled = Math.round(share * 30);
    const bar = `${"#".repeat(filled)}${".".repeat(30 - filled)}`;
    this.#context.io.err(`\r${bar} ${Math.round(share * 100)} %`);
  }

  end(): void {
    if (this.#shownMs > 0) this.#context.io.err("\r\u001b[K");
  }
}
