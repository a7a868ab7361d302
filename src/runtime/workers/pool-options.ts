// What the pool of workers is given when it is made, and when it starts to listen.

import type { ProxyConfig } from "../../config/index.ts";
import type { EventBus } from "../../o11y/index.ts";
import type { ServiceLedgers } from "../../policy/index.ts";
import type { ProxyDistribution } from "../proxy/serving.ts";
import type { Leasing } from "../shared-limits/leasing.ts";
import type { Schedule } from "../../system/timer.ts";
import type { ThreadReports } from "../fatal/thread-reports.ts";
import type { ListenTlsPem } from "../../server/listener.ts";

export interface WorkerPoolOptions {
  readonly config: ProxyConfig;
  /** At least 2: one would be the main thread itself, without any of this. */
  readonly workers: number;
  readonly bus: EventBus;
  /** Where workers leave what the report of a fatal signal says of them. Default: nowhere. */
  readonly threadReports?: ThreadReports;
  /** Set when other instances share the rate limits, too. */
  readonly leasing?: Leasing | undefined;
  /** What budgets have spent; those of the configuration. Default: there are none. */
  readonly budgets?: SharedArrayBuffer | undefined;
  /** Where workers count by service. */
  readonly services: ServiceLedgers;
  /** For crash reports of workers. */
  readonly writeError: (text: string) => void;
  /** The module that workers run, which calls `serveIfWorker`. Default: the program's own. */
  readonly entry?: string;
  readonly schedule?: Schedule;
  /** Default WORKER_SILENT_LOOKS_MAX. */
  readonly silentLooksMax?: number;
}

export interface PoolListenOptions {
  /** What the workers serve. */
  readonly distribution: Pick<ProxyDistribution, "modules">;
  readonly tls: ListenTlsPem | undefined;
  readonly idleTimeoutMs: number;
  /** Answers requests for the program's own pages, whichever worker got them. */
  readonly pages: (request: Request) => Response | Promise<Response>;
  readonly ready: () => boolean;
}
