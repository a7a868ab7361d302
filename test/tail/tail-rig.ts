// A follower of real files in a folder of its own, with a filter that keeps all lines and an output
// in memory. Its clock can be moved on, so that nothing waits for real time to pass.

import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventBus } from "../../src/o11y/index.ts";
import type { EventName } from "../../src/o11y/events.ts";
import { CheckpointStore } from "../../src/tail/checkpoint/store.ts";
import { FileFinder } from "../../src/tail/find/find-files.ts";
import { Committer } from "../../src/tail/follow/committer.ts";
import { Delivery } from "../../src/tail/follow/delivery.ts";
import { Follower } from "../../src/tail/follow/follower.ts";
import { Ledger } from "../../src/tail/follow/ledger.ts";
import { OpenFiles } from "../../src/tail/follow/open-files.ts";
import { type ReadFrom, Tracker } from "../../src/tail/follow/tracker.ts";
import type { KeptLines, LineFilter, LineOutput } from "../../src/tail/ports.ts";
import { FileReader } from "../../src/tail/read/file-reader.ts";
import type { LongLineAction } from "../../src/tail/read/framer.ts";
import { type Engine, Watching } from "../../src/tail/watch/watching.ts";

export interface RigOptions {
  readonly inputs?: readonly string[];
  readonly excluded?: readonly string[];
  readonly readFrom?: ReadFrom;
  readonly engine?: Engine;
  readonly longLines?: LongLineAction;
  readonly lineBytesMax?: number;
  readonly filesMax?: number;
  readonly ignoreOlderMs?: number;
  readonly partialLineTimeoutMs?: number;
  readonly exitOnEof?: boolean;
  readonly stateFolder?: string;
  readonly filter?: LineFilter;
}

export function makeFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), "tail-")));
}

/** Keeps every line. */
export const keepAll: LineFilter = {
  judge: ({ source, bytes, start, end, isOpen }) => ({
    kept: { source, bytes, lines: linesOf(bytes), isOpen, sourceBytes: end - start },
    droppedLines: 0,
    droppedBytes: 0,
    heldBytes: 0,
  }),
  finish: () => undefined,
  carry: () => false,
};

function linesOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum + (byte === 10 ? 1 : 0), 0);
}

/** Remembers what it takes, and accepts it at once unless it is told to wait. */
class MemoryOutput implements LineOutput {
  text = "";
  readonly writes: { path: string; text: string }[] = [];
  syncs = 0;
  /** Tickets that were not accepted. */
  waiting: number[] = [];
  accepts = true;
  accepted: (ticket: number) => void = () => undefined;

  /** While it is set, there is no room. */
  gate: Promise<void> | undefined;

  write({ source, bytes }: KeptLines, ticket: number): Promise<void> | undefined {
    const text = Buffer.from(bytes).toString();
    this.text += text;
    this.writes.push({ path: source.path, text });
    if (this.accepts) this.accepted(ticket);
    else this.waiting.push(ticket);
    return this.gate;
  }
  acceptAll(): void {
    for (const ticket of this.waiting.splice(0)) this.accepted(ticket);
  }
  flush(): void {}
  sync(): Promise<void> {
    this.syncs++;
    return Promise.resolve();
  }
  reopen(): Promise<void> {
    return Promise.resolve();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

export class TailRig {
  readonly folder: string;
  readonly output = new MemoryOutput();
  readonly events: string[] = [];
  readonly tracker: Tracker;
  readonly ledger: Ledger;
  readonly committer: Committer | undefined;
  readonly store: CheckpointStore | undefined;
  readonly files: OpenFiles;
  readonly #follower: Follower;
  readonly #watching: Watching;
  #running: Promise<void> | undefined;
  #movedMs = 0;

  constructor(folder: string, options: RigOptions = {}) {
    this.folder = folder;
    const { inputs = ["*.log"], excluded = [], readFrom = "head", engine = "poll" } = options;
    const bus = new EventBus();
    bus.onAny((name, event) => this.#note(name, event));
    const nowMs = (): number => performance.now() + this.#movedMs;
    this.store =
      options.stateFolder === undefined
        ? undefined
        : new CheckpointStore({
            folder: options.stateFolder,
            ttlMs: 1e9,
            entriesMax: 1000,
            compactIntervalMs: 1e9,
          });
    this.committer =
      this.store &&
      new Committer({
        bus,
        store: this.store,
        output: this.output,
        folder: options.stateFolder ?? "",
        intervalMs: 1e9,
        filesMax: 1e9,
        nowMs,
      });
    this.files = new OpenFiles(options.filesMax ?? 100);
    this.tracker = new Tracker({
      bus,
      files: this.files,
      readFrom,
      store: this.store,
      ignoreOlderMs: options.ignoreOlderMs,
      isOutput: () => false,
      nowMs,
    });
    this.ledger = new Ledger((file) => this.committer?.moved(file));
    this.output.accepted = (ticket) => this.ledger.accept(ticket);
    const delivery = new Delivery({
      filter: options.filter ?? keepAll,
      output: this.output,
      ledger: this.ledger,
      lineBytesMax: options.lineBytesMax ?? 1000,
      longLines: options.longLines ?? "truncate",
      onJudgeFailed: (reason, { path }) =>
        this.events.push(`judge_failed ${path} ${String(reason)}`),
    });
    this.#watching = new Watching({ engine, onUnwatched: () => undefined });
    this.#follower = new Follower({
      bus,
      finder: new FileFinder({
        inputs: inputs.map((input) => join(folder, input)),
        excluded,
        onTrouble: (path, reason) => this.events.push(`folder_troubled ${path} ${reason}`),
      }),
      tracker: this.tracker,
      watching: this.#watching,
      reader: new FileReader(64),
      delivery,
      output: this.output,
      committer: this.committer,
      pollMs: 5,
      globIntervalMs: 20,
      rotateWaitMs: 5000,
      removedExpireMs: 60_000,
      partialLineTimeoutMs: options.partialLineTimeoutMs ?? 0,
      exitOnEof: options.exitOnEof ?? false,
      nowMs,
    });
  }

  #note(name: EventName, event: object): void {
    const told = event as { path?: string; bytes?: number; reason?: string };
    const path = told.path?.replace(`${this.folder}/`, "") ?? "";
    const rest = [told.bytes, told.reason].filter((one) => one !== undefined);
    this.events.push([name.replace("tail.", ""), path, ...rest].join(" "));
  }

  async start(): Promise<void> {
    await this.#follower.start();
    this.#running = this.#follower.run();
  }

  /** Resolves when the follower has ended by itself. */
  async ended(): Promise<void> {
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#follower.stop();
    await this.#running;
    this.#watching.close();
    await this.committer?.close();
    for (const tracked of this.tracker.paths.values()) {
      for (const file of tracked.files()) this.files.close(file);
    }
  }

  /** So much time passes at once. */
  moveOn(ms: number): void {
    this.#movedMs += ms;
  }

  /** Waits for something that is to happen; the test's own time-out says that it did not. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await Bun.sleep(1);
  }

  async untilText(text: string): Promise<void> {
    await this.until(() => this.output.text.length >= text.length);
  }

  /** Waits until everything was looked at twice since now. */
  async settle(): Promise<void> {
    await Bun.sleep(40);
  }

  file(name: string): string {
    return join(this.folder, name);
  }
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
