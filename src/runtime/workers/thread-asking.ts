// Asks all workers where something went, and waits for their answers, but not for long: one that
// hangs, or ends, is missing in what comes of it.

import type { FindAnswers } from "../../admin/admin-find.ts";
import type { FindAnswer, FindQuery } from "../../admin/find/sightings.ts";
import { FIND_WAIT_MS } from "../../core/limits.ts";
import type { Schedule } from "../../system/timer.ts";
import type { ToWorker } from "./messages.ts";

interface Question {
  readonly asked: number;
  readonly answers: FindAnswer[];
  readonly done: () => void;
}

export class ThreadAsking {
  readonly #schedule: Schedule;
  readonly #questions = new Map<number, Question>();
  #lastId = 0;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  async ask(
    workers: readonly { post(message: ToWorker): void }[],
    query: FindQuery,
  ): Promise<FindAnswers> {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<void>();
    const question: Question = { asked: workers.length, answers: [], done: resolve };
    this.#questions.set(id, question);
    const cancel = this.#schedule(FIND_WAIT_MS, resolve);
    for (const worker of workers) worker.post({ kind: "find", id, query });
    if (workers.length > 0) await promise;
    cancel();
    this.#questions.delete(id);
    return question;
  }

  found(id: number, answer: FindAnswer): void {
    const question = this.#questions.get(id);
    question?.answers.push(answer);
    if (question?.answers.length === question?.asked) question?.done();
  }
}
