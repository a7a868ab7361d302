// The pages below /_edge/ of a running proxy. Plugs them together; each has a file of its own.

import type { ProxyConfig } from "../config/index.ts";
import { secretsOf } from "../config/secrets.ts";
import type { LocalPage } from "../pipeline/local-pages.ts";
import type { Plan, RequestHead, Samples } from "../protocols/index.ts";
import type { BuildInfo } from "../o11y/index.ts";
import type { Budgets, Engine, PolicyEngine } from "../policy/index.ts";
import type { PolicyRegistry } from "../providers/index.ts";
import { consolePages } from "./console/console-pages.ts";
import { budgetsPage } from "./savings/budgets-page.ts";
import { explainPage } from "./admin-explain.ts";
import { analysisPage } from "./admin-analysis.ts";
import type { AnalysisControl } from "./analysis/analysis-control.ts";
import { type FindDeps, findPage } from "./admin-find.ts";
import { policiesPage } from "./admin-policies.ts";
import { reloadPage } from "./admin-reload.ts";
import type { SavingsBook } from "./savings/savings-book.ts";
import { savingsPage } from "./savings/savings-page.ts";
import { statusPage } from "./admin-status.ts";
import { suggestionsPage } from "./admin-suggestions.ts";
import { switchesPage } from "./admin-switches.ts";
import { tapPages } from "./admin-tap.ts";
import { metricsPage } from "./admin-metrics.ts";
import type { Reloader } from "./reloader.ts";
import type { Switches } from "./switches.ts";
import type { TapRegistry } from "./tap/tap-registry.ts";

export interface AdminDeps {
  readonly config: ProxyConfig;
  readonly build: BuildInfo;
  readonly engine: Pick<Engine, "explaining">;
  /** The set in force and its counts. */
  readonly policies: Pick<PolicyEngine, "snapshot" | "totals">;
  readonly registry: Pick<PolicyRegistry, "status" | "policy">;
  readonly reloader: Reloader;
  readonly ready: () => boolean;
  /** Threads that serve at the moment. */
  readonly threads: () => number;
  readonly metricsText: () => string;
  readonly savings: SavingsBook;
  readonly budgets: Budgets;
  /** Undefined: they are off and cannot be switched on. */
  readonly taps: TapRegistry | undefined;
  readonly switches: Switches;
  readonly find: FindDeps["find"];
  readonly unread: () => number;
  readonly analysis: AnalysisControl;
  /** What the distribution does with a request of this head. */
  readonly plan: (head: RequestHead) => Plan | undefined;
  /** What clients of each protocol post, by its name. */
  readonly samples: ReadonlyMap<string, Samples>;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

export function adminPages(deps: AdminDeps): readonly LocalPage[] {
  const { config, build, engine, policies, registry, reloader, ready, threads } = deps;
  const { taps, switches, find, unread, analysis, plan, samples, nowMs } = deps;
  const { decodedBytesMax } = config;
  return [
    ...consolePages(config.admin.console),
    metricsPage(deps.metricsText),
    policiesPage({ engine: policies, registry, secrets: secretsOf(config) }),
    statusPage({
      config,
      build,
      registry,
      ready,
      threads,
      switches,
      taps: () => ({
        open: taps?.open ?? 0,
        max: taps !== undefined && switches.state.taps ? taps.tapsMax : 0,
      }),
    }),
    savingsPage({ book: deps.savings, policies, cost: config.cost }),
    budgetsPage({ budgets: deps.budgets, policies }),
    switchesPage(switches),
    findPage({ find, unread, switches }),
    analysisPage(analysis, switches),
    suggestionsPage(analysis, switches, config.cost),
    ...tapPages(taps, switches),
    explainPage({ engine, policies, plan, samples, switches, decodedBytesMax, nowMs }),
    reloadPage(reloader, secretsOf(config)),
  ];
}
