// Asks all workers a question and waits for their answers, for a bounded time: a worker that hangs
// or ends is missing from the result.

import { THREAD_ANSWER_WAIT_MS } from "../../core/limits.ts";
import type { Answers } from "../proxy/serving-threads.ts";
import type { Schedule } from "../../system/timer.ts";
import type { ThreadAnswers, ThreadQuestion, ToWorker } from "./messages.ts";

interface Asked {
  readonly asked: number;
  readonly answers: ThreadAnswers[ThreadQuestion["about"]][];
  readonly done: () => void;
}

export class ThreadAsking {
  readonly #schedule: Schedule;
  readonly #questions = new Map<number, Asked>();
  #lastId = 0;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  async ask<K extends ThreadQuestion["about"]>(
    workers: readonly { post(message: ToWorker): void }[],
    question: ThreadQuestion & { readonly about: K },
  ): Promise<Answers<ThreadAnswers[K]>> {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<void>();
    const asked: Asked = { asked: workers.length, answers: [], done: resolve };
    this.#questions.set(id, asked);
    const cancel = this.#schedule(THREAD_ANSWER_WAIT_MS, resolve);
    for (const worker of workers) worker.post({ kind: "ask", id, question });
    if (workers.length > 0) await promise;
    cancel();
    this.#questions.delete(id);
    // The id is of this question alone.
    return { asked: asked.asked, answers: asked.answers as ThreadAnswers[K][] };
  }

  answered(id: number, answer: ThreadAnswers[ThreadQuestion["about"]]): void {
    const asked = this.#questions.get(id);
    asked?.answers.push(answer);
    if (asked?.answers.length === asked?.asked) asked?.done();
  }
}
