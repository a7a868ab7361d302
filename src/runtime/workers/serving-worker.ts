// One worker as the main thread knows it: the thread, what it last reported, and the memory that it
// shares.

import { errorMessage } from "../../core/errors.ts";
import { WORKER_LOOK_INTERVAL_MS } from "../../core/limits.ts";
import { Worker } from "node:worker_threads";
import type { EventBus } from "../../o11y/index.ts";
import { StartError } from "../component.ts";
import { endThread } from "../../system/end-thread.ts";
import type { PacedTimer } from "../../system/paced-timer.ts";
import { responseTime } from "./clock.ts";
import { EventRingReader } from "./event-ring.ts";
import type { FromWorker, ToWorker, WorkerSetup } from "./messages.ts";
import { PortServer } from "./port-fetch.ts";
import type { Publication } from "./publication.ts";

/** `failed`: serves on until another one has taken its place. */
export type WorkerPhase = "starting" | "serving" | "failed" | "draining" | "ended";

export interface ServingWorkerOptions {
  /** What the program calls it: 1 to the number of workers; its replacement has the same. */
  readonly number: number;
  /** The module that it runs. */
  readonly entry: string;
  readonly setup: WorkerSetup;
  /** Answers requests for the program's own pages. */
  readonly pages: (request: Request) => Response | Promise<Response>;
  readonly nowMs: () => number;
  readonly heard: (worker: ServingWorker, message: WorkerNews) => void;
  /** `reason`: what it threw, or its exit code. Called once, with the phase that it ended in. */
  readonly ended: (worker: ServingWorker, reason: string) => void;
}

/** What a worker says that is not dealt with here. */
export type WorkerNews = Extract<
  FromWorker,
  {
    kind:
      | "listening"
      | "bind_failed"
      | "swapped"
      | "swap_failed"
      | "failed"
      | "events"
      | "tapped"
      | "answer"
      | "offers";
  }
>;

export class ServingWorker {
  readonly number: number;
  readonly slot: number;
  readonly owner: number;
  readonly services: SharedArrayBuffer;
  readonly startedMs: number;
  phase: WorkerPhase = "starting";
  /** What went wrong, when it said so itself. */
  failure: string | undefined;
  /** Version of the set that it has in force. */
  version = 0;
  /** Whether it puts in force what it is sent; false once it could not. */
  takesSets = true;
  /** Looks at which it had not given a new sign of life. */
  silentLooks = 0;
  readonly #thread: Worker;
  readonly #events: EventRingReader;
  readonly #pages: PortServer;
  readonly #options: ServingWorkerOptions;
  #lastBeats = -1;
  #error: string | undefined;

  constructor(options: ServingWorkerOptions) {
    const { number, setup, entry, nowMs } = options;
    this.#options = options;
    this.number = number;
    this.slot = setup.slot;
    this.owner = setup.owner;
    this.services = setup.services;
    this.startedMs = nowMs();
    this.#events = new EventRingReader(setup.events);
    this.#pages = new PortServer((message) => this.post(message), options.pages);
    this.#thread = new Worker(entry, { workerData: setup });
    this.#thread.on("message", (message: FromWorker) => this.#take(message));
    this.#thread.on("error", (error) => {
      this.#error = errorMessage(error);
    });
    this.#thread.on("exit", (code) => {
      this.#pages.close();
      options.ended(this, this.#error ?? `exit code ${code}`);
    });
  }

  /** One that failed or leaves judges what it has, so it is waited for while it takes sets. */
  get isOut(): boolean {
    return this.phase === "ended" || !this.takesSets;
  }

  post(message: ToWorker): void {
    if (this.phase !== "ended") this.#thread.postMessage(message, []);
  }

  publish({ message }: Publication): void {
    if (message !== undefined) this.post(message);
  }

  /** Emits its events; answers how many were lost. It asks for looks while those are idle. */
  drainEvents(bus: EventBus, looks: Pick<PacedTimer, "isIdle">): number {
    if (looks.isIdle) this.#events.rest(true);
    const lost = this.#events.drain(bus);
    // Events are what ends idleness.
    if (!looks.isIdle) this.#events.rest(false);
    return lost;
  }

  /** Notes a look at the pace of a timer; `beats`: its signs of life so far. */
  noteLook(beats: number, { waitedMs }: Pick<PacedTimer, "waitedMs">): void {
    const looks = waitedMs / WORKER_LOOK_INTERVAL_MS;
    this.silentLooks = beats === this.#lastBeats ? this.silentLooks + looks : 0;
    this.#lastBeats = beats;
  }

  /** Lets it answer what it has, and end. */
  drain(): void {
    this.post({ kind: "drain" });
    if (this.phase !== "ended") this.phase = "draining";
  }

  /** Ends it whatever it does. Its connections are closed. */
  terminate(): void {
    void endThread(this.#thread);
  }

  #take(message: FromWorker): void {
    switch (message.kind) {
      case "clock":
        responseTime(this.#options.setup.clock, this.#options.nowMs());
        return;
      case "call":
      case "call.more":
      case "call.cancel":
        this.#pages.take(message);
        return;
      case "respond":
      case "response.piece":
      case "response.end":
        return;
      default:
        this.#options.heard(this, message);
    }
  }
}

/** Why a program does not start: one of its workers ended before it served. */
export function startFailure(number: number, reason: string): StartError {
  const where = `worker ${number}`;
  const cure = "the program's file must call serveIfWorker or startProxy in its workers, too";
  return new StartError(`${where} ended at its start: ${reason}`, where, cure);
}
