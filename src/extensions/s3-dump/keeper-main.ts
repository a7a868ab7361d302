// The main module of a thread that keeps copies of records: runs a keeper, and exchanges messages
// with the main thread. Serves no requests.

import type { MessagePort } from "node:worker_threads";
import { goBehindOtherThreads } from "../../system/index.ts";
import { EventBus, type EventName, type Events } from "../../o11y/index.ts";
import type { Encodings } from "../../protocols/index.ts";
import { DUMP_THREAD_NICE } from "../../core/limits.ts";
import { Keeper } from "./keeper.ts";
import type { DumpJob, FromKeeper, KeeperEvent, ToKeeper } from "./keeper-job.ts";

/** Never resolves: the main thread ends the thread. */
export function runKeeper(job: DumpJob, encodings: Encodings, port: MessagePort): Promise<never> {
  const post = (message: FromKeeper): void => port.postMessage(message, []);
  const { config, instanceId } = job;
  // Records that are on their way to a spool are only safe there.
  if (config.spoolPath === undefined) goBehindOtherThreads(DUMP_THREAD_NICE);
  const counts = new Int32Array(job.taken);
  const taken = (records: number): void => void Atomics.add(counts, 0, records);
  const keeper = new Keeper({ config, instanceId, encodings, bus: new PostingBus(post), taken });
  const take = (message: ToKeeper): void => {
    switch (message.kind) {
      case "call":
        keeper.called(message.call);
        return;
      case "targets":
        keeper.showTargets(message.targets);
        return;
      case "flush":
        void keeper
          .flush(message.deadlineMs, message.force)
          .then(() => post({ kind: "done", number: message.number }));
        return;
      case "stop":
        void keeper
          .stop(message.deadlineMs)
          .then(() => post({ kind: "done", number: message.number }));
    }
  };
  port.on("message", take);
  void keeper.start().then(() => post({ kind: "begun" }));
  return new Promise<never>(() => undefined);
}

/** Nobody listens to events in this thread. */
class PostingBus extends EventBus {
  readonly #post: (message: KeeperEvent) => void;

  constructor(post: (message: KeeperEvent) => void) {
    super();
    this.#post = post;
  }

  override emit<N extends EventName>(name: N, event: Events[N]): void {
    // The name belongs to its event, which the type of a union cannot express.
    this.#post({ kind: "event", name, event } as KeeperEvent);
  }
}
