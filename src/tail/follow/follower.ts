// Follows files: finds them, looks at those that changed or are due, and reads them in turn, one
// piece of each at a time, until it is told to stop. Only one batch is on its way at a time: when
// the output has no room, nothing is read.

import type { EventBus } from "../../o11y/index.ts";
import { yieldToLoop } from "../../system/index.ts";
import type { FileFinder, Found } from "../find/find-files.ts";
import type { FileReader, ReadResult } from "../read/file-reader.ts";
import type { Generation } from "../read/generation.ts";
import type { LineOutput } from "../ports.ts";
import type { Watching } from "../watch/watching.ts";
import type { Committer } from "./committer.ts";
import type { Delivery } from "./delivery.ts";
import { Housekeeping, type HousekeepingOptions } from "./housekeeping.ts";
import { rotatedCandidates } from "./rotated-files.ts";
import type { TrackedPath } from "./tracked-path.ts";
import type { Tracker } from "./tracker.ts";

export interface FollowerOptions extends Omit<HousekeepingOptions, "finish"> {
  readonly bus: EventBus;
  readonly finder: FileFinder;
  readonly tracker: Tracker;
  readonly watching: Watching;
  readonly reader: FileReader;
  readonly delivery: Delivery;
  readonly output: Pick<LineOutput, "flush">;
  readonly committer: Committer | undefined;
  readonly pollMs: number;
  readonly globIntervalMs: number;
  /** Ends when all files are read to their ends. */
  readonly exitOnEof: boolean;
  readonly nowMs: () => number;
}

/** What is read of one file before it is another one's turn. */
const TURN_BYTES = 1024 * 1024;
/** Work without a pause, after which others have their turn: signals, timers, pages. */
const SLICE_MS = 8;
/** Files that are opened together of those that there was no room for. */
const WAITING_AT_ONCE = 64;
/** How long after a hint the folders are looked through again. */
const HINT_MS = 20;
/** So much of a hole is passed over in a turn. */
const HOLE_BYTES = 64 * 1024 * 1024;
/** The safety net, where the system tells of changes: all files are looked at so often. */
const SWEEP_MS = 1000;
/** A sweep must not take more than this share of the time. */
const SWEEP_SHARE = 400;

export class Follower {
  readonly #options: FollowerOptions;
  readonly #housekeeping: Housekeeping;
  readonly #ready = new Set<TrackedPath>();
  #isStopping = false;
  #hasFound = false;
  #finding: Promise<void> | undefined;
  #found: readonly Found[] | undefined;
  #findDueMs = 0;
  #sweepDueMs = 0;
  #pollDueMs = 0;
  /** To be looked at each `pollMs`; the others when something is told of them. */
  readonly #polled = new Set<TrackedPath>();
  /** Of those that are to be read, the ones of which nothing was told. */
  readonly #swept = new Set<TrackedPath>();
  #untidy: Iterable<TrackedPath> | undefined;
  #sliceMs = 0;
  #wake: () => void = () => undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#housekeeping = new Housekeeping({
      ...options,
      finish: (file, isOver) => options.delivery.finish(file, isOver),
    });
  }

  /** Whether the files that are there at the start are open. */
  get isReady(): boolean {
    return this.#hasFound;
  }

  /** No input is a pattern. */
  get isAllNamed(): boolean {
    return this.#options.finder.isAllNamed;
  }

  /** Opens what is there; resolves then. */
  async start(): Promise<void> {
    const { finder, watching } = this.#options;
    watching.onHint = () => this.#wake();
    this.#apply(await finder.find());
    this.#hasFound = true;
  }

  /** Resolves when it was stopped, or when all is read and that is the end. */
  async run(): Promise<void> {
    const { output, exitOnEof, nowMs } = this.#options;
    this.#sliceMs = nowMs();
    while (!this.#isStopping) {
      this.#lookAround();
      if (this.#untidy !== undefined) {
        await this.#housekeeping.run(this.#untidy);
        this.#untidy = undefined;
      }
      const tracked = this.#next() ?? this.#nextWaiting();
      if (tracked === undefined) {
        output.flush();
        if (exitOnEof) break;
        await this.#pause();
      } else if (await this.#readSome(tracked)) {
        // Behind those that wait.
        this.#ready.add(tracked);
      }
      if (nowMs() - this.#sliceMs > SLICE_MS) {
        await yieldToLoop();
        this.#sliceMs = nowMs();
      }
    }
    if (exitOnEof && !this.#isStopping) await this.#finishAll();
  }

  stop(): void {
    this.#isStopping = true;
    this.#wake();
  }

  /** Takes in what was found and told, and looks at what is due. */
  #lookAround(): void {
    const { watching, tracker, nowMs, pollMs, globIntervalMs, committer } = this.#options;
    committer?.tick();
    if (this.#found !== undefined) this.#apply(this.#found);
    for (const tracked of watching.takeChanged(tracker.paths)) this.#look(tracked);
    const now = nowMs();
    if (watching.takeHint()) this.#findDueMs = Math.min(this.#findDueMs, now + HINT_MS);
    if (now >= this.#findDueMs && this.#finding === undefined) {
      this.#findDueMs = now + globIntervalMs;
      this.#finding = this.#find();
    }
    if (now >= this.#sweepDueMs) {
      for (const tracked of tracker.paths.values()) this.#look(tracked, true);
      this.#untidy = tracker.paths.values();
      const tookMs = nowMs() - now;
      const isWatching = watching.isWatching;
      const sweepMs = isWatching ? Math.max(SWEEP_MS, tookMs * SWEEP_SHARE) : pollMs;
      this.#sweepDueMs = nowMs() + sweepMs;
      this.#pollDueMs = now + pollMs;
    } else if (now >= this.#pollDueMs && this.#polled.size > 0) {
      const polled = [...this.#polled];
      this.#polled.clear();
      for (const tracked of polled) this.#look(tracked);
      this.#untidy = polled;
      this.#pollDueMs = now + pollMs;
    }
  }

  /** What happens to the path is not told, or something of it is over after a time. */
  #pollFurther(tracked: TrackedPath): void {
    const { watching, partialLineTimeoutMs } = this.#options;
    const isBegun = partialLineTimeoutMs > 0 && (tracked.current?.begun.length ?? 0) > 0;
    if (tracked.isLingering || isBegun || !watching.covers(tracked)) this.#polled.add(tracked);
  }

  #look(tracked: TrackedPath, isSweep = false): void {
    const { tracker } = this.#options;
    const hasMore = tracker.look(tracked);
    this.#pollFurther(tracked);
    if (!hasMore) return;
    if (isSweep) this.#swept.add(tracked);
    else this.#swept.delete(tracked);
    this.#ready.add(tracked);
  }

  #next(): TrackedPath | undefined {
    for (const tracked of this.#ready) {
      this.#ready.delete(tracked);
      return tracked;
    }
    return undefined;
  }

  /** Those that there was no room for. */
  #nextWaiting(): TrackedPath | undefined {
    for (const tracked of this.#options.tracker.waiting) {
      this.#look(tracked);
      if (this.#ready.size >= WAITING_AT_ONCE) break;
    }
    return this.#next();
  }

  /** True when there is more at hand. */
  async #readSome(tracked: TrackedPath): Promise<boolean> {
    // What stood at the path before comes first, to its end.
    for (const [i, file] of tracked.files().entries()) {
      if (!this.#options.tracker.reopen(tracked, file)) continue;
      try {
        if (await this.#readFile(tracked, file, tracked.files()[i - 1])) return true;
      } catch (error) {
        if (!isSystemError(error)) throw error;
        this.#options.tracker.unreadable(tracked, file, error);
      }
      if (this.#isStopping) return false;
    }
    this.#pollFurther(tracked);
    return false;
  }

  /** True when there is more at hand. */
  async #readFile(
    tracked: TrackedPath,
    from: Generation,
    previous: Generation | undefined,
  ): Promise<boolean> {
    const { reader, delivery, nowMs } = this.#options;
    let file = from;
    let left = TURN_BYTES;
    let found: ReadResult = reader.look(file);
    while (found !== "end") {
      if (found === "changed") {
        file = await this.#changed(tracked, file);
        found = reader.look(file);
        continue;
      }
      if (left <= 0 || this.#isStopping) return true;
      if (!reader.skipHole(file, HOLE_BYTES)) return true;
      const before = file.readOffset;
      if (before === 0 && this.#options.tracker.refuses(tracked, file)) return false;
      found = reader.read(file);
      if (found !== "bytes") continue;
      left -= file.readOffset - before;
      file.grownMs = nowMs();
      if (this.#swept.delete(tracked)) this.#options.watching.missed(tracked);
      if (before === 0 && previous !== undefined) delivery.carry(previous, file);
      await delivery.deliver(file, reader);
    }
    return false;
  }

  /** The file was truncated or written anew. */
  async #changed(tracked: TrackedPath, file: Generation): Promise<Generation> {
    const { tracker, delivery, committer, bus } = this.#options;
    await delivery.finish(file, true);
    const unread = Math.max(0, file.size - file.readOffset);
    file.counts.unreadBytes += unread;
    tracked.truncations++;
    const next = tracker.renew(file);
    committer?.moved(next);
    bus.emit("tail.file_truncated", { path: tracked.path });
    if (unread > 0) bus.emit("tail.bytes_unread", { path: tracked.path, bytes: unread });
    return next;
  }

  async #find(): Promise<void> {
    try {
      this.#found = await this.#options.finder.find();
    } finally {
      this.#finding = undefined;
      this.#wake();
    }
  }

  #apply(found: readonly Found[]): void {
    const { tracker, watching, finder, nowMs } = this.#options;
    this.#found = undefined;
    const fresh = found.filter(({ path }) => !tracker.paths.has(path));
    const added = fresh.map(({ path, isNamed }) => tracker.add(path, isNamed, !this.#hasFound));
    const matched = new Set(found.map(({ path }) => path));
    for (const tracked of tracker.paths.values()) {
      if (matched.has(tracked.path)) tracked.unmatchedSinceMs = undefined;
      else tracked.unmatchedSinceMs ??= nowMs();
    }
    for (const tracked of added) this.#look(tracked);
    if (!this.#hasFound) this.#resumeRotated();
    if (added.length > 0) this.#oldestFirst();
    watching.watch(tracker.paths, finder.folders(), tracker.version);
    if (this.#hasFound) return;
    this.#findDueMs = nowMs() + this.#options.globIntervalMs;
  }

  /** What was renamed while nobody followed it, and has something that was not read. */
  #resumeRotated(): void {
    const { tracker } = this.#options;
    for (const { tracked, path } of rotatedCandidates(tracker.paths)) {
      if (tracker.resumeRotated(tracked, path)) this.#ready.add(tracked);
    }
  }

  /** Of what is at hand, the file that has not changed for the longest time is read first. */
  #oldestFirst(): void {
    const ready = [...this.#ready];
    ready.sort((a, b) => Number((a.foundModifiedNs ?? 0n) - (b.foundModifiedNs ?? 0n)));
    this.#ready.clear();
    for (const tracked of ready) this.#ready.add(tracked);
  }

  async #finishAll(): Promise<void> {
    const { tracker, delivery, output } = this.#options;
    for (const tracked of tracker.paths.values()) {
      for (const file of tracked.files()) await delivery.finish(file, true);
    }
    output.flush();
  }

  /** Until something is told or due. */
  async #pause(): Promise<void> {
    const { nowMs, watching, committer } = this.#options;
    if (this.#isStopping || watching.hasNews || this.#found !== undefined) return;
    const pollDueMs = this.#polled.size === 0 ? Infinity : this.#pollDueMs;
    const writeDueMs = committer?.dueMs ?? Infinity;
    const dueMs = Math.min(this.#findDueMs, this.#sweepDueMs, pollDueMs, writeDueMs);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, Math.max(0, dueMs - nowMs()));
    await promise;
    clearTimeout(timer);
    this.#wake = () => undefined;
    this.#sliceMs = nowMs();
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "errno" in error;
}
