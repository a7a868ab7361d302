// Prometheus scrapes through Edge: `/metrics` and what is below it, and the paths of
// `prometheus.targets`. Must not fetch anything: it only says what is fetched from where.

import type { ModuleRegistration } from "../module.ts";
import { PrometheusModule } from "./prometheus-module.ts";

export { PrometheusModule } from "./prometheus-module.ts";

/** For a distribution's list. */
export const prometheus: ModuleRegistration = {
  name: "prometheus",
  create: (deps) => new PrometheusModule(deps),
};
