// Requests the pages that the first screen shows, every two seconds, and remembers five minutes of
// them.

import type { Api } from "./api.ts";
import type { Answer } from "./model/answer.ts";
import type { Look } from "./model/health.ts";
import type { Looks } from "./model/looks.ts";
import { readMetrics } from "./model/metrics-text.ts";
import type { BudgetsPage, PoliciesPage, SavingsPage, StatusPage } from "./model/pages.ts";
import { type Counters, countersOf, withLook } from "./model/throughput.ts";

const MINUTE_MS = 60_000;
/** A page of more policies than this is asked for once in so many looks. */
const POLICIES_OFTEN_MAX = 500;
const LOOKS_BETWEEN = 15;

export class Watch {
  readonly #api: Api;
  #history: readonly Counters[] = [];
  #before: readonly Look[] = [];
  #hasSavings = true;
  #policies: Answer<PoliciesPage> | undefined;
  #looksToWait = 0;

  constructor(api: Api) {
    this.#api = api;
  }

  async look(): Promise<Answer<Looks>> {
    const api = this.#api;
    const [status, policies, metrics, savings, budgets] = await Promise.all([
      api.get<StatusPage>("status?format=json"),
      this.#policiesNow(),
      api.text("metrics"),
      this.#savings(),
      api.get<BudgetsPage>("budgets?format=json"),
    ]);
    if (status.kind !== "ok") return status;
    const atMs = Date.now();
    let health: Look | undefined;
    if (metrics.kind === "ok") {
      const samples = readMetrics(metrics.data);
      health = { atMs, status: status.data, metrics: samples };
      this.#history = withLook(this.#history, countersOf(samples, atMs));
      this.#before = [...this.#before, health].filter((one) => atMs - one.atMs <= MINUTE_MS);
    }
    const healthBefore = this.#before.length > 1 ? this.#before[0] : undefined;
    const history = this.#history;
    const pages = { status, policies, savings, budgets };
    return { kind: "ok", data: { ...pages, health, healthBefore, history } };
  }

  async #policiesNow(): Promise<Answer<PoliciesPage>> {
    if (this.#policies?.kind === "ok" && this.#looksToWait > 0) {
      this.#looksToWait--;
      return this.#policies;
    }
    const answer = await this.#api.get<PoliciesPage>("policies?format=json");
    const isLarge = answer.kind === "ok" && answer.data.policies.length > POLICIES_OFTEN_MAX;
    this.#looksToWait = isLarge ? LOOKS_BETWEEN : 0;
    this.#policies = answer;
    return answer;
  }

  /** A build without the page is not asked for it again and again. */
  async #savings(): Promise<Answer<SavingsPage>> {
    if (!this.#hasSavings) return { kind: "absent" };
    const answer = await this.#api.get<SavingsPage>("savings?format=json");
    this.#hasSavings = answer.kind !== "absent";
    return answer;
  }
}
