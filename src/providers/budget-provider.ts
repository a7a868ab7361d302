// The provider of budgets' policies. They come from the configuration, and never change while the
// program runs.

import { errorMessage } from "../core/errors.ts";
import {
  type Budget,
  budgetPolicies,
  type Policy,
  policyErrors,
  type RegexValidator,
} from "../policy/index.ts";
import type { PolicyProvider, ProviderHost } from "./provider-port.ts";

/** No provider of a configuration is called so: these have names of letters, or of their own. */
const ID = "edge.budgets";

export class BudgetProvider implements PolicyProvider {
  readonly id = ID;
  readonly kind = "budgets";
  readonly source = "budgets";
  readonly reportsStatus = false;
  readonly #policies: readonly Policy[];
  #host: ProviderHost | undefined;

  constructor(budgets: readonly Budget[]) {
    this.#policies = budgets.flatMap(budgetPolicies);
  }

  start(host: ProviderHost): void {
    this.#host = host;
    host
      .offer({ policies: this.#policies, hash: "budgets" })
      .catch((error: unknown) => host.failed(errorMessage(error)));
  }

  async reload(): Promise<void> {
    this.#host?.unchanged();
    await Promise.resolve();
  }

  async stop(): Promise<void> {
    await Promise.resolve();
  }
}

/** What is wrong with what budgets match, a line each; such a budget does nothing. */
export function budgetFaults(
  budgets: readonly Budget[],
  validateRegex: RegexValidator,
): readonly string[] {
  return budgets.flatMap((budget, index) => {
    const where = `budgets[${index}] ${JSON.stringify(budget.name)}`;
    const errors = budgetPolicies(budget).flatMap((policy) => policyErrors(policy, validateRegex));
    // What is wrong for one kind of telemetry mostly is for all of them.
    const texts = new Map(errors.toReversed().map((error) => [error.replace(/^\w+: /, ""), error]));
    return [...texts.values()].reverse().map((error) => `${where}: ${error}`);
  });
}
