// The extension's configuration: the settings of a proxy, and those of its life in a sandbox.

import type { ProxyConfig } from "../config/index.ts";
import type { FlushStrategy } from "./flush-strategy.ts";

export interface LambdaConfig {
  /** Without the provider of static policies. */
  readonly proxy: ProxyConfig;
  /** A policy file in one text. */
  readonly staticPolicies: string | undefined;
  readonly flushStrategy: FlushStrategy;
  /** Between two syncs; 0: there is no control plane. */
  readonly syncIntervalMs: number;
}
