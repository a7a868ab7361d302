// Answers calls to grpc.health.v1.Health: Check gets one answer, Watch gets one for each change.

import type { ServerHttp2Stream } from "node:http2";
import { framed, GRPC } from "../../core/grpc/index.ts";
import { SMALL_BODY_BYTES_MAX } from "../../core/limits.ts";
import type { Schedule } from "../../system/timer.ts";
import { askedService, healthMessage, SERVICE_UNKNOWN } from "./health.ts";
import { FramingError, readMessage } from "./message-reader.ts";
import { uncompressed } from "../../system/grpc/index.ts";
import { CONTENT_TYPE, NOTHING_MORE, WITH_TRAILERS } from "./metadata.ts";

export interface HealthServiceOptions {
  /** Names of services that clients may ask about; "" stands for the program. */
  readonly services: ReadonlySet<string>;
  readonly ready: () => boolean;
  readonly schedule: Schedule;
}

/** How soon watchers hear of a change. */
const LOOK_MS = 1000;
/**
 * Watchers beyond this number are told the state once, and that there is no room for more of them.
 */
const WATCHERS_MAX = 100;

interface Watcher {
  readonly stream: ServerHttp2Stream;
  told: boolean;
}

export class HealthService {
  readonly #options: HealthServiceOptions;
  readonly #watchers = new Set<Watcher>();
  #cancelLook: (() => void) | undefined;
  #isStopped = false;

  constructor(options: HealthServiceOptions) {
    this.#options = options;
  }

  /** Resolves to the status of the call. Rejects as readMessage does. */
  async check(stream: ServerHttp2Stream): Promise<number> {
    const service = await asked(stream);
    if (!this.#options.services.has(service)) {
      const fields = {
        ":status": 200,
        "content-type": CONTENT_TYPE,
        ...statusFields(GRPC.notFound),
      };
      stream.respond(uncompressed({ ...fields, "grpc-message": "no such service" }), NOTHING_MORE);
      return GRPC.notFound;
    }
    open(stream, GRPC.ok);
    stream.end(framed(healthMessage(this.#isServing)));
    return GRPC.ok;
  }

  /** Reports the state now and whenever it changes, until the client goes or the program stops. */
  async watch(stream: ServerHttp2Stream): Promise<void> {
    let service: string;
    try {
      service = await asked(stream);
    } catch {
      stream.close();
      return;
    }
    const isFull = this.#watchers.size >= WATCHERS_MAX || this.#isStopped;
    open(stream, isFull ? GRPC.resourceExhausted : GRPC.unavailable);
    if (!this.#options.services.has(service)) {
      stream.write(framed(SERVICE_UNKNOWN));
      return;
    }
    const told = this.#isServing;
    stream.write(framed(healthMessage(told)));
    if (isFull) {
      stream.end();
      return;
    }
    const watcher = { stream, told };
    this.#watchers.add(watcher);
    stream.on("close", () => this.#watchers.delete(watcher));
    this.#look();
  }

  /** Tells watchers that nothing is served any more, and ends their calls. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelLook?.();
    for (const watcher of this.#watchers) {
      this.#tell(watcher);
      watcher.stream.end();
    }
    this.#watchers.clear();
  }

  get #isServing(): boolean {
    return !this.#isStopped && this.#options.ready();
  }

  /** Checks for changes as long as there are watchers. */
  #look(): void {
    this.#cancelLook?.();
    if (this.#watchers.size === 0) return;
    this.#cancelLook = this.#options.schedule(LOOK_MS, () => {
      for (const watcher of this.#watchers) this.#tell(watcher);
      this.#look();
    });
  }

  #tell(watcher: Watcher): void {
    if (watcher.told === this.#isServing || watcher.stream.destroyed) return;
    watcher.told = this.#isServing;
    watcher.stream.write(framed(healthMessage(watcher.told)));
  }
}

async function asked(stream: ServerHttp2Stream): Promise<string> {
  const { body } = await readMessage(stream, {
    check: ({ length }) => {
      if (length > SMALL_BODY_BYTES_MAX) throw new FramingError("too large for a question");
    },
    broken: () => undefined,
  });
  return askedService(await body.whole());
}

/** Sends the head; the call then ends with that status. */
function open(stream: ServerHttp2Stream, status: number): void {
  const fields = uncompressed({ ":status": 200, "content-type": CONTENT_TYPE });
  stream.respond(fields, WITH_TRAILERS);
  stream.on("wantTrailers", () => stream.sendTrailers(uncompressed(statusFields(status))));
}

function statusFields(status: number): Record<string, string> {
  return { "grpc-status": String(status) };
}
