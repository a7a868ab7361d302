// The sockets of a proxy as one part of the program: opened, given new certificates, drained.

import type { ProxyConfig } from "../../config/index.ts";
import { checkPem } from "../../config/pem.ts";
import { DRAIN_NOTICE_MS, DRAIN_NOTICE_SHARE } from "../../core/limits.ts";
import type { EventBus } from "../../o11y/index.ts";
import { drainListeners } from "../../server/drain.ts";
import { type Listener, type ListenTlsPem, listen } from "../../server/listener.ts";
import { clientReports } from "../../server/misdirected.ts";
import { TlsFiles } from "../../server/tls-files.ts";
import type { Component } from "../component.ts";
import type { WorkerPool } from "../workers/index.ts";
import type { Assembly } from "./assemble.ts";
import { openDoors } from "./doors.ts";
import { listenPem, type ProxyDistribution } from "./serving.ts";

/** What a silent connection may take beyond the slowest answer of an upstream. */
const IDLE_MARGIN_MS = 10_000;

export interface ProxyListenersOptions {
  readonly config: ProxyConfig;
  readonly assembly: Assembly;
  readonly bus: EventBus;
  /** Undefined: this thread serves itself. */
  readonly pool: WorkerPool | undefined;
  readonly distribution: ProxyDistribution;
}

export class ProxyListeners implements Component {
  readonly #options: ProxyListenersOptions;
  readonly #tls: ListenTlsPem | undefined;
  readonly #listeners: Listener[] = [];
  readonly #grpcUrls: string[] = [];
  #tlsFiles: TlsFiles | undefined;

  /** Throws PemFileError and PemError. */
  constructor(options: ProxyListenersOptions) {
    this.#options = options;
    this.#tls = listenPem(options.config.tls);
    options.assembly.doors.connections = () =>
      this.#listeners.reduce((sum, { connections = 0 }) => sum + connections, 0);
    if (this.#tls !== undefined) checkPem("tls", { ...this.#tls, ca: this.#tls.clientCa });
  }

  /** Where they really listen. */
  get urls(): readonly string[] {
    return [...this.#listeners.map(({ url }) => url), ...this.#grpcUrls];
  }

  /** Rejects with BindError when one cannot be opened; `stop` closes the others. */
  async start(): Promise<void> {
    await this.#bind();
    const { assembly } = this.#options;
    this.#tlsFiles = this.#watchTls();
    assembly.reloader.tlsFiles = this.#tlsFiles;
    await this.#tlsFiles?.start();
  }

  async reload(): Promise<void> {
    await this.#tlsFiles?.reload();
  }

  /** Takes new requests for a moment longer, with responses that tell clients to leave. */
  drain(deadlineMs: number): Promise<number> {
    const { assembly, pool } = this.#options;
    assembly.gate.stop();
    assembly.server.announceDrain();
    assembly.adminServer.announceDrain();
    pool?.announceDrain();
    const noticeMs = Math.min(DRAIN_NOTICE_MS, deadlineMs * DRAIN_NOTICE_SHARE);
    return drainListeners(this.#listeners.splice(0), { deadlineMs, noticeMs });
  }

  async stop(): Promise<void> {
    this.#tlsFiles?.stop();
    await Promise.all(this.#listeners.splice(0).map((listener) => listener.abort()));
  }

  async #bind(): Promise<void> {
    const { config, assembly, pool, bus, distribution } = this.#options;
    const { connectMs, firstByteMs, idleMs } = config.upstreamTimeouts;
    const { headerTimeoutMs: headTimeoutMs, beforePolicies, readyTimeoutMs } = config;
    const waitMs = beforePolicies === "wait" ? readyTimeoutMs : 0;
    const idleTimeoutMs = waitMs + Math.max(connectMs + firstByteMs, idleMs) + IDLE_MARGIN_MS;
    const common = { idleTimeoutMs, headTimeoutMs, ...clientReports(bus) };
    const tls = this.#tls;
    const { fetch } = assembly.server.app;
    const ready = (): boolean => assembly.readiness.isReady;
    const http = { target: config.listen, tls, ...common, fetch };
    const doors =
      pool === undefined
        ? await openDoors({ config, distribution, http, fetch, ready, bus })
        : await pool.listen({ distribution, tls, idleTimeoutMs, pages: fetch, ready });
    this.#listeners.push(doors);
    if (doors.grpc !== undefined) this.#grpcUrls.push(doors.grpc.url);
    const { listen: target } = config.admin;
    if (target === undefined) return;
    const { fetch: fetchAdmin } = assembly.adminServer.app;
    this.#listeners.push(await listen({ target, ...common, fetch: fetchAdmin }));
  }

  /** Undefined: there is no certificate, or none that could be replaced. */
  #watchTls(): TlsFiles | undefined {
    const { config, bus } = this.#options;
    const { tls: files } = config;
    const [listener] = this.#listeners;
    const apply = listener?.replaceTls;
    const inUse = this.#tls;
    if (files === undefined || inUse === undefined || apply === undefined) return undefined;
    return new TlsFiles({ files, inUse, read: () => listenPem(files), apply, bus });
  }
}
