// The workers of the main thread: starts them on one port, takes their events, replaces one that
// fails, and stops them. Serves nothing itself except the program's own pages.

import type { UpstreamHeaderValues } from "../../config/index.ts";
import { realSchedule, type Schedule } from "../../system/timer.ts";
import type { RecordCall } from "../../extensions/index.ts";
import type { ServingThreads } from "../proxy/serving-threads.ts";
import type { Doors } from "../proxy/doors.ts";
import { findPorts, type Ports } from "./find-ports.ts";
import { BindError, type ListenTlsPem } from "../../server/listener.ts";
import { problem } from "../../server/local-errors.ts";
import type { GateState } from "../../pipeline/policy-gate.ts";
import type { TapBatch } from "../../admin/tap/tap-subscriptions.ts";
import { newPseudonym } from "../../server/via.ts";
import { createClock } from "./clock.ts";
import { createEventRing } from "./event-ring.ts";
import { wantedEvents } from "./forwarding-bus.ts";
import {
  COUNT_LOOK_INTERVAL_MS,
  DRAIN_NOTICE_MS,
  WORKER_RESTART_MS_MIN,
  WORKER_SILENT_LOOKS_MAX,
} from "../../core/limits.ts";
import { lookTimer } from "./look-timer.ts";
import { type ToWorker, WORKER_DATA_KIND, type WorkerSetup } from "./messages.ts";
import type { PoolListenOptions, WorkerPoolOptions } from "./pool-options.ts";
import type { Publication } from "./publication.ts";
import { ThreadAsking } from "./thread-asking.ts";
import { ServingWorker, type WorkerNews, startFailure } from "./serving-worker.ts";
import { SharedPolicies } from "./shared-policies.ts";
import { crashSlotOf, SharedState } from "./shared-state.ts";
import { WorkerRestarts } from "./worker-restarts.ts";

/** How often readiness is looked at until the program is ready for the first time. */
const READY_LOOK_MS = 10;
/** Each worker may be there twice, while one takes the place of another. */
const PLACES_PER_WORKER = 2;
/** The main thread's name as an owner of locks; workers have the numbers after it. */
const MAIN_OWNER = 1;

export class WorkerPool {
  readonly threads: ServingThreads;
  readonly #policies: SharedPolicies;
  readonly #options: WorkerPoolOptions;
  readonly #schedule: Schedule;
  readonly #state: SharedState;
  readonly #workers = new Set<ServingWorker>();
  readonly #restarts: WorkerRestarts;
  #tapped: (batch: TapBatch) => void = () => undefined;
  #called: (call: RecordCall) => void = () => undefined;
  readonly #shown = new Map<ToWorker["kind"], ToWorker>();
  readonly #asking: ThreadAsking;
  #gate: GateState = "open";
  #headerValues: UpstreamHeaderValues | undefined;
  #waiting: (() => void)[] = [];
  #listening: PoolListenOptions | undefined;
  #ports: Ports = { http: 0, grpc: undefined };
  #url = "";
  readonly #pseudonym = newPseudonym();
  #lastOwner = MAIN_OWNER;
  readonly #looking = lookTimer(() => this.#look());
  #counting: Timer | undefined;
  #phase: "starting" | "serving" | "stopping" = "starting";
  #startFailure: Error | undefined;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#schedule = options.schedule ?? realSchedule;
    this.#asking = new ThreadAsking(this.#schedule);
    this.#restarts = new WorkerRestarts({
      bus: options.bus,
      schedule: this.#schedule,
      start: (number) => this.#start(number),
    });
    this.#state = SharedState.create(options.workers * PLACES_PER_WORKER);
    const policies = new SharedPolicies({
      publish: (publication) => this.#publish(publication),
      beforeCounts: () => this.#takeEvents(),
      owner: MAIN_OWNER,
      random: Math.random,
      leasing: options.leasing,
    });
    this.#policies = policies;
    this.threads = {
      createEngine: (deps) => policies.createEngine(deps),
      get policies() {
        return policies.policies;
      },
      pause: policies.pause,
      count: options.workers,
      serving: () => this.serving.length,
      heapBytes: () => this.#state.heapBytes,
      held: () => this.#state.held,
      showGate: (state) => this.#show({ kind: "gate", state: (this.#gate = state) }),
      showTaps: (specs) => this.#show({ kind: "taps", specs }),
      onTapped: (listener) => void (this.#tapped = listener),
      find: (query) => this.#asking.ask(this.serving, { about: "find", query }),
      showAnalysis: (spec) => this.#show({ kind: "analyse", spec }),
      analysisCounts: () => this.#asking.ask(this.serving, { about: "analysis" }),
      onOffers: (listener) => void (this.#called = listener),
    };
  }

  /** Workers that serve at the moment. */
  get serving(): readonly ServingWorker[] {
    return [...this.#workers].filter(({ phase }) => phase === "serving");
  }

  /** Starts all workers; resolves when they listen. Rejects with BindError. */
  async listen(options: PoolListenOptions): Promise<Doors> {
    this.#listening = options;
    this.#ports = await findPorts(this.#options, options);
    const { workers, bus } = this.#options;
    for (let number = 1; number <= workers; number++) this.#start(number);
    this.#looking.start();
    bus.on("request.completed", () => this.#looking.note());
    this.#counting = setInterval(() => this.#policies.takeCounts(), COUNT_LOOK_INTERVAL_MS);
    await this.#until(() => this.serving.length === workers || this.#startFailure !== undefined);
    if (this.#startFailure !== undefined) {
      await this.#abort();
      throw this.#startFailure;
    }
    this.#phase = "serving";
    this.#awaitReady();
    const [state, url] = [this.#state, this.#url];
    const { http: port, grpc } = this.#ports;
    return {
      url,
      port,
      grpc,
      get pending() {
        return state.inFlight;
      },
      ...(options.tls === undefined ? {} : { replaceTls: (tls) => this.#replaceTls(tls) }),
      drain: () => this.#drain(),
      abort: () => this.#abort(),
    };
  }

  /** From now on every response asks its client to use another connection. */
  announceDrain(): void {
    this.tellReady();
    for (const worker of this.#workers) worker.post({ kind: "announce_drain" });
  }

  /** For workers of now and of later. The files have been checked: nobody waits. */
  async #replaceTls(tls: ListenTlsPem): Promise<void> {
    if (this.#listening !== undefined) this.#listening = { ...this.#listening, tls };
    for (const worker of this.#workers) worker.post({ kind: "tls", tls });
    await Promise.resolve();
  }

  replaceHeaderValues(values: UpstreamHeaderValues): void {
    this.#headerValues = values;
    for (const worker of this.#workers) worker.post({ kind: "header_values", values });
  }

  #start(number: number): void {
    const same = [...this.#workers].filter((worker) => worker.number === number);
    if (same.length >= PLACES_PER_WORKER) {
      // Those that failed before it are not done yet; its slot comes first.
      same[0]?.terminate();
      this.#restarts.after(number, WORKER_RESTART_MS_MIN);
      return;
    }
    const { entry = Bun.main } = this.#options;
    const worker = new ServingWorker({
      number,
      entry,
      setup: this.#setup(this.#policies.publication.version),
      pages: (request) => {
        this.#takeEvents();
        return this.#listening?.pages(request) ?? problem(503, "starting", "the proxy is starting");
      },
      nowMs: () => performance.now(),
      heard: (from, message) => this.#heard(from, message),
      ended: (from, reason) => this.#ended(from, reason),
    });
    this.#workers.add(worker);
    worker.publish(this.#policies.publication);
    for (const message of this.#shown.values()) worker.post(message);
  }

  #setup(version: number): WorkerSetup {
    const { config, bus, workers, budgets, services } = this.#options;
    const taken = new Set([...this.#workers].map(({ slot }) => slot));
    let slot = 0;
    while (taken.has(slot)) slot++;
    return {
      kind: WORKER_DATA_KIND,
      config,
      port: this.#ports.http,
      grpcPort: this.#ports.grpc?.port,
      tls: this.#listening?.tls,
      headerValues: this.#headerValues,
      idleTimeoutMs: this.#listening?.idleTimeoutMs ?? 0,
      pseudonym: this.#pseudonym,
      workers,
      slot,
      owner: ++this.#lastOwner,
      state: this.#state.memory,
      events: createEventRing(),
      threadReports: this.#options.threadReports?.memory,
      wanted: wantedEvents(bus),
      budgets,
      services: services.open(),
      clock: createClock(),
      version,
      gate: this.#gate,
    };
  }

  #heard(worker: ServingWorker, message: WorkerNews): void {
    switch (message.kind) {
      case "listening":
        this.#url = message.url;
        this.#nowServes(worker);
        break;
      case "bind_failed": {
        const { where, reason, cure } = message;
        this.#startFailure ??= new BindError(where, reason, cure);
        worker.terminate();
        break;
      }
      case "swapped":
        worker.version = message.version;
        break;
      case "swap_failed":
        worker.takesSets = false;
        break;
      case "failed":
        this.#condemn(worker, message.reason, message.report);
        break;
      case "events":
        this.#takeEvents();
        break;
      case "tapped":
        this.#tapped(message.batch);
        worker.post({ kind: "tapped.taken" });
        return;
      case "answer":
        this.#asking.answered(message.id, message.answer);
        return;
      case "offers":
        this.#called(message.call);
        return;
    }
    this.#wake();
  }

  #nowServes(worker: ServingWorker): void {
    if (worker.phase !== "starting") return;
    worker.phase = "serving";
    if (this.#phase !== "serving") return;
    this.#options.bus.emit("worker.replaced", { worker: worker.number });
    for (const old of this.#workers) {
      if (old.number === worker.number && old.phase === "failed") this.#retire(old);
    }
  }

  /** It answers what it has; what takes longer than a shutdown may is cut. */
  #retire(worker: ServingWorker): void {
    worker.post({ kind: "announce_drain" });
    this.#schedule(DRAIN_NOTICE_MS, () => worker.drain());
    const { shutdownTimeoutMs } = this.#options.config;
    this.#schedule(DRAIN_NOTICE_MS + shutdownTimeoutMs, () => worker.terminate());
  }

  /** It serves on until another one listens: its error most likely was one request's. */
  #condemn(worker: ServingWorker, reason: string, report: string): void {
    this.#options.writeError(report);
    if (worker.phase === "serving") {
      worker.phase = "failed";
      this.#restarts.failed(worker, reason);
    } else if (worker.phase === "starting") {
      worker.failure = reason;
      worker.terminate();
    }
  }

  #ended(worker: ServingWorker, how: string): void {
    const { phase, slot, failure: reason = how } = worker;
    worker.phase = "ended";
    this.#takeEventsOf(worker);
    this.#options.services.close(worker.services);
    this.#workers.delete(worker);
    this.#state.clear(slot);
    this.#options.threadReports?.write(crashSlotOf(slot), []);
    this.#policies.repair(worker.owner);
    if (this.#phase === "starting") {
      this.#startFailure ??= startFailure(worker.number, reason);
    } else if (this.#phase === "serving" && (phase === "serving" || phase === "starting")) {
      this.#restarts.failed(worker, reason);
    } else if (this.#phase === "serving") {
      this.#options.bus.emit("worker.retired", { worker: worker.number });
    }
    this.#wake();
  }

  /** Looks more often until the program is ready: whoever starts it waits for that. */
  #awaitReady(): void {
    this.tellReady();
    if (this.#state.isReady || this.#phase !== "serving") return;
    this.#schedule(READY_LOOK_MS, () => this.#awaitReady());
  }

  tellReady(): void {
    this.#state.isReady = this.#phase === "serving" && (this.#listening?.ready() ?? false);
  }

  #look(): void {
    this.tellReady();
    const { silentLooksMax = WORKER_SILENT_LOOKS_MAX } = this.#options;
    for (const worker of this.#workers) {
      worker.noteLook(this.#state.beatsOf(worker.slot), this.#looking);
      if (worker.silentLooks < silentLooksMax) continue;
      worker.failure = "it gave no sign of life";
      worker.terminate();
    }
    this.#takeEvents();
  }

  #takeEvents(): void {
    for (const worker of this.#workers) this.#takeEventsOf(worker);
  }

  #takeEventsOf(worker: ServingWorker): void {
    const events = worker.drainEvents(this.#options.bus, this.#looking);
    if (events === 0) return;
    const reason = "they came faster than they were taken";
    this.#options.bus.emit("worker.events_lost", { worker: worker.number, events, reason });
  }

  /** For workers of now and of later; a later message of the kind takes the place of this one. */
  #show(message: ToWorker): void {
    this.#shown.set(message.kind, message);
    for (const worker of this.#workers) worker.post(message);
  }

  async #publish(publication: Publication): Promise<void> {
    const { version } = publication;
    const targets = [...this.#workers];
    for (const worker of targets) worker.publish(publication);
    await this.#until(() => targets.every((worker) => worker.version >= version || worker.isOut));
  }

  #drain(): Promise<void> {
    this.#stop();
    for (const worker of this.#workers) worker.drain();
    return this.#allEnded();
  }

  #abort(): Promise<void> {
    this.#stop();
    for (const worker of this.#workers) worker.terminate();
    return this.#allEnded();
  }

  /** Looks go on until then: workers have events to take while they drain. */
  async #allEnded(): Promise<void> {
    await this.#until(() => this.#workers.size === 0);
    this.#looking.stop();
    clearInterval(this.#counting);
  }

  #stop(): void {
    this.#phase = "stopping";
    this.#state.isReady = false;
    this.#restarts.cancel();
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
