// The part of the program that reads files or standard input, from start to stop.

import type { EventBus } from "../../o11y/index.ts";
import type { LogFields } from "../../o11y/log-format.ts";
import { type Component, StartError } from "../../runtime/index.ts";
import type { Follower } from "../follow/follower.ts";
import type { Ledger } from "../follow/ledger.ts";
import type { Stdin } from "../follow/stdin.ts";
import type { LineOutput } from "../ports.ts";
import { type StatusOptions, fileStatuses, statusTable, totalCounts } from "./tail-status.ts";

export interface LinesOptions {
  readonly reading: Follower | Stdin;
  readonly status: StatusOptions;
  readonly output: Pick<LineOutput, "flush">;
  readonly ledger: Ledger;
  readonly bus: EventBus;
  /** Resolves when reading may begin: the first policies are in force, or waited for no longer. */
  readonly whenReady: () => Promise<void>;
  /** All inputs are paths, none of them a pattern. */
  readonly isAllNamed: boolean;
  /** What is not there is not waited for. */
  readonly exitOnEof: boolean;
  /** Everything was read, and the output has accepted it: what else is to be done? */
  readonly beforeEnd: () => Promise<void>;
  /** All is done. */
  readonly onEnd: () => void;
  readonly writeError: (text: string) => void;
}

export class TailLines implements Component {
  readonly #options: LinesOptions;
  #running: Promise<void> = Promise.resolve();
  #isStopping = false;

  constructor(options: LinesOptions) {
    this.#options = options;
  }

  /** Opens what is there; reading goes on behind it. */
  async start(): Promise<void> {
    const { reading, isAllNamed, exitOnEof, status } = this.#options;
    if ("start" in reading) {
      await reading.start();
      const paths = [...status.tracker.paths.values()];
      const faults = paths.flatMap((one) => {
        const isMissing = exitOnEof && one.missingSinceMs !== undefined;
        const fault = one.trouble ?? (isMissing ? "there is no such file" : undefined);
        return fault === undefined ? [] : [`${one.path}: ${fault}`];
      });
      if (isAllNamed && paths.length > 0 && faults.length === paths.length) {
        const reasons = faults.join("; ");
        throw new StartError(
          `none of the inputs can be read: ${reasons}`,
          "the inputs",
          "name files that this user can read",
        );
      }
    }
    // What goes wrong here is a fault of the program, and ends it as one that nobody caught.
    this.#running = this.#run();
  }

  async drain(deadlineMs: number): Promise<void> {
    this.#isStopping = true;
    this.#options.reading.stop();
    // It may stand before an output that takes nothing.
    await Promise.race([this.#running, Bun.sleep(deadlineMs)]);
  }

  status(): LogFields {
    const { status, reading, ledger, writeError } = this.#options;
    if ("start" in reading) writeError(statusTable(fileStatuses(status)));
    const counts = "start" in reading ? totalCounts(status) : reading.file.counts;
    return { ...counts, pendingBatches: ledger.pending };
  }

  async #run(): Promise<void> {
    const { reading, whenReady, output, ledger, beforeEnd, onEnd } = this.#options;
    await whenReady();
    if (this.#isStopping) return;
    await reading.run();
    if (this.#isStopping) return;
    output.flush();
    await ledger.whenSettled();
    await beforeEnd();
    onEnd();
  }
}
