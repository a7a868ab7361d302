// What runs in a worker: an engine, a server and a listener of its own, on the port that all
// workers share. Policies come from the main thread; events, counts and rate limits go through
// shared memory; for the program's own pages it asks the main thread, which knows the whole.

import { heapSize } from "bun:jsc";
import { errorMessage } from "../../core/errors.ts";
import { type MessagePort, threadId } from "node:worker_threads";
import { keepSecrets, secretsOf } from "../../config/secrets.ts";
import { EXTENSIONS, MAIN_RING, RecordForwarder } from "../../extensions/index.ts";
import {
  type Budgets,
  IdTable,
  type Policy,
  ServiceLedger,
  SetEngine,
} from "../../policy/index.ts";
import { encodingsOf } from "../../protocols/index.ts";
import { SetMemory } from "../../system/free-memory.ts";
import { compileAsUsual } from "../../system/jit-policy.ts";
import { PacedTimer } from "../../system/paced-timer.ts";
import { runInSteps } from "../../system/pause.ts";
import {
  assembleServing,
  type ProxyDistribution,
  recentRequests,
  type Serving,
} from "../proxy/serving.ts";
import { type CrashContext, type CrashEvent, crashReport } from "../crash-report.ts";
import { BindError, type Listener, type ListenTlsPem } from "../../server/listener.ts";
import { LoopDelay } from "../../o11y/loop-delay.ts";
import { clientReports } from "../../server/misdirected.ts";
import { problem } from "../../server/local-errors.ts";
import { openDoors } from "../proxy/doors.ts";
import type { ListenerState } from "../../server/listener-state.ts";
import { Analysing } from "../../admin/analysis/analysing.ts";
import { Sightings } from "../../admin/find/sightings.ts";
import { TapSubscriptions } from "../../admin/tap/tap-subscriptions.ts";
import { TapForwarder } from "../../admin/tap/tap-forwarder.ts";
import { createBudgets } from "../budgets.ts";
import { followClock } from "./clock.ts";
import { EventRingWriter } from "./event-ring.ts";
import { ForwardingBus } from "./forwarding-bus.ts";
import {
  OFFER_SETTLE_MS_MAX,
  CRASH_TEXT_IDLE_MS,
  CRASH_TEXT_INTERVAL_MS,
} from "../../core/limits.ts";
import { ThreadReports } from "../fatal/thread-reports.ts";
import { lookTimer } from "./look-timer.ts";
import {
  type FromWorker,
  type PoliciesMessage,
  type ThreadQuestion,
  type ToWorker,
  type WorkerSetup,
} from "./messages.ts";
import { isLocalPage, PortFetch } from "./port-fetch.ts";
import { limitersOf } from "./rate-list.ts";
import { CountRows } from "./shared-counts.ts";
import { crashSlotOf, SharedState } from "./shared-state.ts";

/** Looks for a moment in which nothing comes, a millisecond each. */
const QUIET_LOOKS_MAX = 100;

export class WorkerThread {
  readonly #setup: WorkerSetup;
  readonly #distribution: ProxyDistribution;
  readonly #bus: ForwardingBus;
  readonly #port: MessagePort;
  readonly #state: SharedState;
  readonly #counts = new CountRows();
  readonly #budgets: Budgets;
  readonly #pages: PortFetch;
  readonly #ring: EventRingWriter;
  readonly #offers: RecordForwarder;
  readonly #engine: SetEngine;
  readonly #taps: TapSubscriptions | undefined;
  readonly #sightings: Sightings | undefined;
  readonly #analysing: Analysing;
  readonly #tapForwarder = new TapForwarder((batch) => this.#post({ kind: "tapped", batch }));
  readonly #serving: Serving;
  readonly #crash: CrashContext;
  #listener: Listener | undefined;
  /** Of new connections. */
  #tls: ListenTlsPem | undefined;
  /** Memory that is shared goes when every thread has let it go. */
  readonly #memory = new SetMemory();
  #swapping: Promise<void> = Promise.resolve();
  #firstSwap = Promise.withResolvers<void>();
  #hasFailed = false;
  /** Since the start. */
  #requests = 0;
  /** Timers that are seldom due without requests. */
  readonly #paced: (PacedTimer | LoopDelay)[] = [];

  constructor(setup: WorkerSetup, distribution: ProxyDistribution, port: MessagePort) {
    this.#setup = setup;
    this.#distribution = distribution;
    this.#port = port;
    const { config, slot, pseudonym, headerValues } = setup;
    keepSecrets(config, headerValues ?? []);
    let recent = (): readonly string[] => [];
    this.#crash = {
      distribution: distribution.label,
      secrets: secretsOf(config),
      recent: () => recent(),
    };
    process.on("uncaughtException", (error) => this.#failed("uncaughtException", error));
    process.on("unhandledRejection", (error) => this.#failed("unhandledRejection", error));
    this.#tls = setup.tls;
    this.#budgets = createBudgets(config.budgets, setup.budgets);
    this.#state = new SharedState(setup.state);
    this.#pages = new PortFetch((message) => this.#post(message));
    this.#ring = new EventRingWriter(setup.events, () => this.#post({ kind: "events" }));
    const bus = new ForwardingBus(this.#ring, setup.wanted);
    this.#bus = bus;
    this.#pace(new LoopDelay({ onDelay: (delayMs) => bus.emit("loop.delayed", { delayMs }) }));
    bus.on("request.completed", () => this.#state.addUnanswered(slot, -1));
    this.#offers = new RecordForwarder({
      kinds: distribution.extensions ?? EXTENSIONS,
      bus,
      ring: MAIN_RING + 1 + slot,
      call: (call) => this.#post({ kind: "offers", call }),
    });
    this.#engine = new SetEngine({
      nowMs: followClock(setup.clock, () => this.#post({ kind: "clock" })),
      random: Math.random,
      recordMsMax: config.recordMsMax,
      extensions: this.#offers.handlers,
      services: new ServiceLedger(setup.services),
    });
    const ready = (): boolean => this.#state.isReady;
    this.#sightings = config.admin.find ? new Sightings() : undefined;
    this.#analysing = new Analysing(encodingsOf(distribution.modules));
    // With a token, taps may be switched on later.
    const mayTap = config.tapEnabled || config.admin.token !== undefined;
    this.#taps = mayTap
      ? new TapSubscriptions((batch) => this.#tapForwarder.send(batch))
      : undefined;
    const shared = { pseudonym, others: this.#state.othersOf(slot), threads: setup.workers };
    const deps = {
      engine: this.#engine,
      bus,
      ready,
      pages: [],
      taps: this.#taps,
      sightings: this.#sightings,
      onlookers: this.#analysing.onlookers,
      headerValues,
      ...shared,
    };
    this.#serving = assembleServing(config, distribution, deps);
    this.#serving.gate.show(setup.gate);
    recent = () => recentRequests(this.#serving.server);
  }

  async run(): Promise<never> {
    this.#port.on("message", (message: ToWorker) => this.#take(message));
    const { slot } = this.#setup;
    const beat = (): void => {
      this.#ring.flush();
      const { pending: pendingRequests = 0, connections = 0 } = this.#listener ?? {};
      const heldBytes = this.#serving.room.bytes;
      this.#state.beat(slot, { pendingRequests, heapBytes: heapSize(), heldBytes, connections });
    };
    this.#pace(lookTimer(beat));
    this.#keepReport();
    // A worker that comes later must not let pass what the others would drop.
    if (this.#setup.version > 0) await this.#firstSwap.promise;
    try {
      await this.#listen();
    } catch (error) {
      if (!(error instanceof BindError)) throw error;
      const { where, cure, reason } = error;
      this.#post({ kind: "bind_failed", where, reason, cure });
    }
    return new Promise<never>(() => undefined);
  }

  #pace(timer: PacedTimer | LoopDelay): void {
    timer.start();
    this.#paced.push(timer);
  }

  /** For a signal that ends the whole process. */
  #keepReport(): void {
    const { threadReports, slot } = this.#setup;
    if (threadReports === undefined) return;
    const reports = new ThreadReports(threadReports);
    const write = (): void => {
      reports.write(crashSlotOf(slot), [`in thread ${threadId}:`, ...this.#crash.recent()]);
    };
    this.#pace(
      new PacedTimer({ look: write, busyMs: CRASH_TEXT_INTERVAL_MS, idleMs: CRASH_TEXT_IDLE_MS }),
    );
  }

  async #listen(): Promise<void> {
    const { config, port, idleTimeoutMs, slot } = this.#setup;
    const tls = this.#tls;
    if (config.listen.kind !== "tcp") throw new TypeError("workers share a TCP port");
    const fetch = (request: Request, listener: ListenerState): Response | Promise<Response> => {
      this.#requests++;
      this.#state.addUnanswered(slot, 1);
      for (const timer of this.#paced) timer.note();
      return isLocalPage(request.url)
        ? this.#page(request)
        : this.#serving.server.app.fetch(request, listener);
    };
    const http = {
      target: { ...config.listen, port },
      isShared: true,
      tls,
      idleTimeoutMs,
      headTimeoutMs: config.headerTimeoutMs,
      ...clientReports(this.#bus),
      fetch,
    };
    const ready = (): boolean => this.#state.isReady;
    const { grpcPort } = this.#setup;
    const bus = this.#bus;
    const distribution = this.#distribution;
    this.#listener = await openDoors({ config, distribution, http, grpcPort, fetch, ready, bus });
    if (this.#tls !== tls) await this.#replaceTls();
    compileAsUsual();
    this.#post({ kind: "listening", url: this.#listener.url });
  }

  async #page(request: Request): Promise<Response> {
    try {
      return await this.#pages.fetch(request);
    } catch {
      return problem(503, "stopping", "the program's own pages are not there any more");
    } finally {
      this.#state.addUnanswered(this.#setup.slot, -1);
    }
  }

  #take(message: ToWorker): void {
    switch (message.kind) {
      case "policies":
        this.#swapping = this.#swapAfter(this.#swapping, message);
        return;
      case "drain":
        void this.#drain();
        return;
      case "taps":
        this.#taps?.show(message.specs);
        this.#tapForwarder.show(message.specs);
        return;
      case "analyse":
        this.#analysing.use(message.spec);
        return;
      case "ask":
        void this.#answer(message.id, message.question);
        return;
      case "tapped.taken":
        this.#tapForwarder.taken();
        return;
      case "gate":
        this.#serving.gate.show(message.state);
        return;
      case "announce_drain":
        this.#serving.gate.stop();
        this.#serving.server.announceDrain();
        return;
      case "tls":
        this.#tls = message.tls;
        this.#replaceTls().catch((error: unknown) => this.#failed("unhandledRejection", error));
        return;
      case "header_values":
        keepSecrets(this.#setup.config, message.values);
        this.#serving.upstreamHeaders.use(message.values);
        return;
      case "respond":
      case "response.piece":
      case "response.end":
        this.#pages.take(message);
    }
  }

  async #answer(id: number, question: ThreadQuestion): Promise<void> {
    const isFind = question.about === "find";
    const answer = isFind ? this.#sightings?.find(question.query) : await this.#analysing.counts();
    if (answer !== undefined) this.#post({ kind: "answer", id, answer });
  }

  /** One set after the other, in the order in which they came; after one that failed, none. */
  async #swapAfter(before: Promise<void>, message: PoliciesMessage): Promise<void> {
    await before;
    const { set, counts, version } = message;
    const ids = new IdTable(set);
    this.#counts.add(counts, ids);
    const sources = {
      countsOf: ({ id }: Policy) => this.#counts.rowOf(id),
      limiterOf: limitersOf(message.rates, this.#setup.owner),
      budgetOf: (name: string) => this.#budgets.of(name),
    };
    try {
      await runInSteps(this.#engine.adopt(set, sources));
    } catch (error) {
      this.#post({ kind: "swap_failed" });
      throw error;
    }
    this.#post({ kind: "swapped", version });
    this.#firstSwap.resolve();
    this.#memory.replaced(ids.size);
  }

  async #replaceTls(): Promise<void> {
    if (this.#tls !== undefined) await this.#listener?.replaceTls?.(this.#tls);
  }

  /**
   * A moment without new requests, or soon: connections that the kernel has given to this listener
   * and nobody has accepted are lost when it closes.
   */
  async #quietMoment(): Promise<void> {
    for (let look = 0; look < QUIET_LOOKS_MAX; look++) {
      const before = this.#requests;
      await new Promise<void>((resolve) => void setTimeout(resolve, 1));
      if (this.#requests === before) return;
    }
  }

  async #drain(): Promise<void> {
    await this.#quietMoment();
    await this.#listener?.drain();
    for (const upstream of this.#serving.upstreams) upstream.stop();
    const late = new Promise((resolve) => void setTimeout(resolve, OFFER_SETTLE_MS_MAX));
    const written = this.#serving.failures?.settled();
    await Promise.race([Promise.all([this.#offers.settled(), written]), late]);
    this.#ring.flush();
    process.exit(0);
  }

  #failed(event: CrashEvent, error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    const reason = errorMessage(error);
    this.#post({ kind: "failed", reason, report: crashReport(event, error, this.#crash) });
  }

  #post(message: FromWorker): void {
    this.#port.postMessage(message, []);
  }
}
