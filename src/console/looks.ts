// Looks at the pages of the first screen, every two seconds, and remembers five minutes of them.

import type { Api } from "./api.ts";
import type { Answer } from "./model/answer.ts";
import type { Look } from "./model/health.ts";
import type { Looks } from "./model/looks.ts";
import { readMetrics } from "./model/metrics-text.ts";
import type { PoliciesPage, SavingsPage, StatusPage } from "./model/pages.ts";
import { type Counters, countersOf, withLook } from "./model/throughput.ts";

const MINUTE_MS = 60_000;

export class Watch {
  readonly #api: Api;
  #history: readonly Counters[] = [];
  #before: readonly { readonly atMs: number; readonly look: Look }[] = [];
  #hasSavings = true;

  constructor(api: Api) {
    this.#api = api;
  }

  async look(): Promise<Answer<Looks>> {
    const api = this.#api;
    const [status, policies, metrics, savings] = await Promise.all([
      api.get<StatusPage>("status?format=json"),
      api.get<PoliciesPage>("policies?format=json"),
      api.text("metrics"),
      this.#savings(),
    ]);
    if (status.kind !== "ok") return status;
    const atMs = Date.now();
    let health: Look | undefined;
    if (metrics.kind === "ok") {
      const samples = readMetrics(metrics.data);
      health = { status: status.data, metrics: samples };
      this.#history = withLook(this.#history, countersOf(samples, atMs));
      this.#before = [...this.#before, { atMs, look: health }].filter(
        (one) => atMs - one.atMs <= MINUTE_MS,
      );
    }
    const healthBefore = this.#before.length > 1 ? this.#before[0]?.look : undefined;
    const history = this.#history;
    return { kind: "ok", data: { status, policies, savings, health, healthBefore, history } };
  }

  /** A build without the page is not asked for it again and again. */
  async #savings(): Promise<Answer<SavingsPage>> {
    if (!this.#hasSavings) return { kind: "absent" };
    const answer = await this.#api.get<SavingsPage>("savings?format=json");
    this.#hasSavings = answer.kind !== "absent";
    return answer;
  }
}
