// Policies from a file, JSON or YAML, read again whenever its content changes. The folder is
// watched and the file polled, because neither alone sees everything; a hash of the content
// decides. A bad or missing file never replaces a good set.

import { errorMessage } from "../../core/errors.ts";
import { dirname } from "node:path";
import { realSchedule, type Schedule } from "../../system/timer.ts";
import { FolderWatch } from "../../system/folder-watch.ts";
import {
  FILE_RACY_MS,
  FILE_SETTLE_MS,
  FILE_UNSTABLE_READS_MAX,
  POLICY_FILE_BYTES_MAX,
} from "../../core/limits.ts";
import { OneAtATime } from "../../system/one-at-a-time.ts";
import type { Pause } from "../../system/pause.ts";
import { contentHash, decodePolicyFile } from "./policy-file.ts";
import type { PolicyProvider, ProviderHost } from "../provider-port.ts";
import {
  type FileContent,
  FileReadError,
  fileSignature,
  readRegularFile,
} from "../../system/read-file.ts";

/** Which file, and how it is watched. Times in milliseconds. */
export interface FileProviderOptions {
  readonly id: string;
  /** Absolute. */
  readonly path: string;
  readonly pollIntervalMs: number;
  /** Default `FILE_SETTLE_MS`. */
  readonly settleMs?: number;
  /** Default `POLICY_FILE_BYTES_MAX`. */
  readonly bytesMax?: number;
  readonly schedule?: Schedule;
  /** Wall clock in milliseconds, to compare with times of files. */
  readonly nowMs?: () => number;
  readonly pause?: Pause;
}

/** Policies of a file, read again whenever it changes. */
export class FileProvider implements PolicyProvider {
  readonly id: string;
  readonly kind = "file";
  readonly source: string;
  readonly reportsStatus = false;
  readonly #options: FileProviderOptions;
  readonly #schedule: Schedule;
  readonly #watch: FolderWatch;
  #host: ProviderHost | undefined;
  #stopped = false;
  #cancelPoll: (() => void) | undefined;
  #cancelSettle: (() => void) | undefined;
  readonly #looks = new OneAtATime(() => this.#look());
  /** Attributes of the file when its content was last known. */
  #signature: string | undefined;
  #unstableReads = 0;
  #appliedHash: string | undefined;
  #bad: { readonly hash: string; readonly reason: string } | undefined;
  #reportedReason: string | undefined;

  constructor(options: FileProviderOptions) {
    this.id = options.id;
    this.source = options.path;
    this.#options = options;
    this.#schedule = options.schedule ?? realSchedule;
    this.#watch = new FolderWatch(dirname(options.path), () => this.#settle());
  }

  start(host: ProviderHost): void {
    this.#host = host;
    void this.#looks.run();
    this.#poll();
  }

  async reload(): Promise<void> {
    this.#signature = undefined;
    this.#reportedReason = undefined;
    // What was refused may have been so for want of time.
    this.#bad = undefined;
    await this.#looks.run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelPoll?.();
    this.#cancelSettle?.();
    this.#watch.stop();
    await this.#looks.idle();
  }

  #poll(): void {
    if (this.#stopped) return;
    this.#cancelPoll = this.#schedule(this.#options.pollIntervalMs, () => {
      void this.#looks.run();
      this.#poll();
    });
  }

  /** Looks when the folder has been quiet for a moment. */
  #settle(): void {
    this.#cancelSettle?.();
    if (this.#stopped) return;
    const settleMs = this.#options.settleMs ?? FILE_SETTLE_MS;
    this.#cancelSettle = this.#schedule(settleMs, () => void this.#looks.run());
  }

  async #look(): Promise<void> {
    const host = this.#host;
    if (host === undefined || this.#stopped) return;
    await this.#watch.ensure();
    try {
      if (await this.#isUnchanged()) {
        if (this.#reportedReason === undefined) host.unchanged();
        return;
      }
      const { path, bytesMax = POLICY_FILE_BYTES_MAX } = this.#options;
      const content = await readRegularFile(path, bytesMax);
      if (this.#isUnstable(content)) return;
      await this.#take(host, content);
    } catch (error) {
      this.#signature = undefined;
      const reason =
        error instanceof FileReadError ? error.message : `cannot be read (${String(error)})`;
      this.#fail(host, `${this.source}: ${reason}`);
    }
  }

  /**
   * By its attributes, which are believed only when the last change is a while ago: clocks of files
   * are coarse.
   */
  async #isUnchanged(): Promise<boolean> {
    const { text, changedMs } = await fileSignature(this.#options.path);
    const nowMs = (this.#options.nowMs ?? Date.now)();
    return text === this.#signature && nowMs - changedMs > FILE_RACY_MS;
  }

  /** A file that was written to while it was read is read again soon, but not forever. */
  #isUnstable({ unstable }: FileContent): boolean {
    if (!unstable || ++this.#unstableReads >= FILE_UNSTABLE_READS_MAX) {
      this.#unstableReads = 0;
      return false;
    }
    this.#settle();
    return true;
  }

  async #take(host: ProviderHost, { bytes, signature }: FileContent): Promise<void> {
    const hash = contentHash(bytes);
    if (hash === this.#appliedHash) {
      this.#signature = signature;
      this.#reportedReason = undefined;
      host.unchanged();
      return;
    }
    if (hash === this.#bad?.hash) {
      this.#signature = signature;
      this.#fail(host, this.#bad.reason);
      return;
    }
    let set;
    try {
      set = await decodePolicyFile(bytes, this.#options.path, this.#options.pause);
    } catch (error) {
      const reason = errorMessage(error);
      this.#bad = { hash, reason };
      this.#signature = signature;
      this.#fail(host, reason);
      return;
    }
    try {
      await host.offer(set);
    } catch (error) {
      const reason = errorMessage(error);
      this.#fail(host, `${this.source}: could not be put in force: ${reason}`);
      return;
    }
    this.#bad = undefined;
    this.#reportedReason = undefined;
    this.#appliedHash = hash;
    this.#signature = signature;
  }

  /** Once per reason: a file that stays bad is not told again with every look. */
  #fail(host: ProviderHost, reason: string): void {
    if (this.#stopped || reason === this.#reportedReason) return;
    this.#reportedReason = reason;
    host.failed(reason);
  }
}
