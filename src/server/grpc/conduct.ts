// Watches how a client behaves on one connection. Pings and cancelled calls cost a client nothing
// and the server much, so each has a bound, and a connection that exceeds one is closed.

import { constants, type ServerHttp2Session } from "node:http2";
import { GRPC_ABUSE_WINDOW_MS, GRPC_PINGS_MAX, GRPC_RESETS_MAX } from "../../core/limits.ts";
import type { EventBus } from "../../o11y/event-bus.ts";

export class Conduct {
  readonly #session: ServerHttp2Session;
  readonly #bus: Pick<EventBus, "emit">;
  readonly #nowMs: () => number;
  #sinceMs: number;
  #pings = 0;
  #resets = 0;

  constructor(
    session: ServerHttp2Session,
    bus: Pick<EventBus, "emit">,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#session = session;
    this.#bus = bus;
    this.#nowMs = nowMs;
    this.#sinceMs = nowMs();
  }

  watch(): void {
    this.#session.on("ping", () => {
      this.#look();
      if (++this.#pings > GRPC_PINGS_MAX) this.#end("pings");
    });
    this.#session.on("stream", (stream) => {
      stream.on("close", () => {
        const { rstCode } = stream;
        if (rstCode !== constants.NGHTTP2_CANCEL && rstCode !== undefined && rstCode <= 0) return;
        this.#look();
        if (++this.#resets > GRPC_RESETS_MAX) this.#end("resets");
      });
    });
  }

  #look(): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#sinceMs < GRPC_ABUSE_WINDOW_MS) return;
    this.#sinceMs = nowMs;
    this.#pings = 0;
    this.#resets = 0;
  }

  #end(what: "pings" | "resets"): void {
    if (this.#session.destroyed) return;
    this.#bus.emit("grpc.connection_ended", { what });
    this.#session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from(`too_many_${what}`));
    this.#session.destroy();
  }
}
