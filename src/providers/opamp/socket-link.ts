// OpAMP over a WebSocket that is kept open: either side sends when it has something to say. A
// connection that is lost or has gone silent is reopened, after pauses that grow.

import { OneAtATime } from "../../system/one-at-a-time.ts";
import { SyncError } from "../http/sync-exchange.ts";
import { nextPollMs, nextRetryMs } from "../http/sync-schedule.ts";
import { type Link, type LinkOptions, type LinkUser, UID_HEADER } from "./link.ts";
import { OpampSocket } from "./opamp-socket.ts";

export class SocketLink implements Link {
  readonly #options: LinkOptions;
  readonly #user: LinkUser;
  readonly #connects = new OneAtATime(() => this.#connect());
  #socket: OpampSocket | undefined;
  /** The server has answered on this connection. */
  #isAnswered = false;
  /** What comes is taken in its order. Never rejects. */
  #inbox: Promise<void> = Promise.resolve();
  #looks: Look[] = [];
  /** Numbers of the last ping, and of the last one that came back. */
  #pinged = 0;
  #ponged = 0;
  #ending: PromiseWithResolvers<void> | undefined;
  #cancelBeat: (() => void) | undefined;
  #cancelSilence: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;
  #askedS: number | undefined;
  #failures = 0;
  #stopped = false;

  constructor(options: LinkOptions, user: LinkUser) {
    this.#options = options;
    this.#user = user;
  }

  start(): void {
    void this.#connects.run();
  }

  tell(): void {
    if (this.#isAnswered) this.#send();
  }

  async look(): Promise<void> {
    if (!this.#isAnswered) return this.#connects.run();
    const { schedule, timeoutMs } = this.#options;
    this.#send();
    const look = this.#waitFor(this.#pinged);
    // One that answers nothing but pings is alive.
    const cancel = schedule(timeoutMs, look.resolve);
    await look.promise;
    cancel();
  }

  setInterval(seconds: number): void {
    this.#askedS = seconds;
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#stopped = true;
    this.#cancelRetry?.();
    this.#cancelBeat?.();
    this.#heard();
    const socket = this.#socket;
    if (socket === undefined) return;
    const { promise } = (this.#ending = Promise.withResolvers<void>());
    if (!socket.isOpen) socket.fail("was given up, because the program stops");
    else {
      socket.send(this.#user.last());
      socket.close();
    }
    const cancel = this.#options.schedule(deadlineMs, () => socket.fail("the program stops"));
    await promise;
    cancel();
  }

  /** Resolves when the server has answered, or the connection has ended. */
  async #connect(): Promise<void> {
    if (this.#stopped || this.#socket !== undefined) return;
    this.#cancelRetry?.();
    const { url, headers, timeoutMs, messageBytesMax } = this.#options;
    const own = [...headers, { name: UID_HEADER, value: this.#user.uidText }];
    const { promise } = this.#waitFor(0);
    const socket = new OpampSocket(url, own, messageBytesMax, {
      opened: () => this.#send(),
      message: (bytes) => this.#queue(() => this.#take(socket, bytes)),
      pong: (ping) => this.#queue(() => this.#lives(Number(ping))),
      ended: (reason) => this.#queue(() => this.#lost(reason)),
    });
    this.#socket = socket;
    this.#expectLife(timeoutMs);
    await promise;
  }

  #queue(work: () => Promise<void> | void): void {
    this.#inbox = this.#inbox.then(work);
  }

  #send(): void {
    const { intervalMs, timeoutMs, random, schedule } = this.#options;
    const socket = this.#socket;
    if (socket === undefined || this.#stopped || !socket.isOpen) return;
    socket.send(this.#user.next());
    this.#expectLife(timeoutMs);
    // Not all servers answer each message, but all answer this.
    socket.ping(String(++this.#pinged));
    this.#cancelBeat?.();
    if (this.#askedS === 0) return;
    const waitMs = nextPollMs(intervalMs, this.#askedS ?? 0, random());
    this.#cancelBeat = schedule(waitMs, () => this.#send());
  }

  /** From the first unanswered message on: beats may come sooner than the time is over. */
  #expectLife(timeoutMs: number): void {
    const socket = this.#socket;
    this.#cancelSilence ??= this.#options.schedule(timeoutMs, () =>
      socket?.fail(`no answer within ${timeoutMs} ms (timeout_ms); check the control plane`),
    );
  }

  #heard(): void {
    this.#cancelSilence?.();
    this.#cancelSilence = undefined;
  }

  async #take(socket: OpampSocket, bytes: Uint8Array): Promise<void> {
    if (socket !== this.#socket || this.#stopped) return;
    this.#heard();
    // What is news because of this message may be told at once.
    this.#isAnswered = true;
    try {
      await this.#user.received(bytes);
    } catch (error) {
      socket.fail(error instanceof SyncError ? error : new SyncError(String(error)));
      return;
    }
    this.#failures = 0;
    for (const look of this.#looks) look.isAnswered = true;
    this.#endLooks();
  }

  #lives(ping: number): void {
    // What answers no ping of this connection says nothing.
    if (!(ping > this.#ponged && ping <= this.#pinged)) return;
    // It may live and never have answered.
    if (this.#isAnswered) this.#heard();
    this.#ponged = ping;
    this.#endLooks();
  }

  async #lost(error: SyncError | undefined): Promise<void> {
    this.#cancelBeat?.();
    this.#heard();
    this.#socket = undefined;
    this.#isAnswered = false;
    this.#ending?.resolve();
    if (!this.#stopped) {
      this.#failures++;
      await this.#user.failed(error ?? new SyncError("the connection has ended"));
      this.#retry(error?.retryAfterMs ?? 0);
    }
    for (const { resolve } of this.#looks.splice(0)) resolve();
  }

  #retry(retryAfterMs: number): void {
    if (this.#stopped) return;
    const { intervalMs, random, schedule } = this.#options;
    const waitMs = nextRetryMs(this.#failures, intervalMs, retryAfterMs, random());
    this.#cancelRetry = schedule(waitMs, () => void this.#connects.run());
  }

  /** Resolves when there was an answer since, and the server has taken all up to that ping. */
  #waitFor(ping: number): Look {
    const look = { ...Promise.withResolvers<void>(), ping, isAnswered: false };
    this.#looks.push(look);
    return look;
  }

  #endLooks(): void {
    const isOver = ({ isAnswered, ping }: Look): boolean => isAnswered && this.#ponged >= ping;
    for (const look of this.#looks) if (isOver(look)) look.resolve();
    this.#looks = this.#looks.filter((look) => !isOver(look));
  }
}

interface Look extends PromiseWithResolvers<void> {
  readonly ping: number;
  isAnswered: boolean;
}
