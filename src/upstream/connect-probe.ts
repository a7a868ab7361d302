// Finds out whether an upstream accepts connections at all. `fetch` does not say whether it is
// still connecting or already waiting for a response. A second connection shows which; it is opened
// only if a response takes long.

import { LATE_TIMER_MS } from "../core/limits.ts";
import * as net from "node:net";

/** Finds out whether connections to an upstream can be opened, for transports that do not tell. */
export interface ConnectProbe {
  /**
   * Calls `done` once: with true if a connection opened or was refused, with false if nothing
   * happened within `timeoutMs`.
   */
  (host: string, port: number, timeoutMs: number, done: (isAlive: boolean) => void): void;
}

export const tcpProbe: ConnectProbe = (host, port, timeoutMs, done) => {
  let isOver = false;
  const socket = net.connect({ host, port });
  const finish = (isAlive: boolean): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    socket.destroy();
    done(isAlive);
  };
  const dueMs = performance.now() + timeoutMs;
  const expired = (): void => {
    if (performance.now() - dueMs <= LATE_TIMER_MS) finish(false);
    // This thread was busy: what happened meanwhile is handled first.
    else timer = setTimeout(() => finish(false), LATE_TIMER_MS);
  };
  let timer = setTimeout(expired, timeoutMs);
  timer.unref();
  socket.on("connect", () => finish(true));
  // A refusal is a response: the request itself gets the same one and reports it more precisely.
  socket.on("error", () => finish(true));
  socket.unref();
};

/**
 * Whether the environment sends requests to `isTls` upstreams through a proxy: then connections go
 * only to that proxy.
 */
export function hasProxyEnvironment(
  isTls: boolean,
  env: Record<string, string | undefined>,
): boolean {
  const names = isTls
    ? ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
    : ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
  return names.some((name) => (env[name] ?? "") !== "");
}
