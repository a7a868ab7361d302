// The extension's configuration: the settings of a proxy, and those of its life in a sandbox.

import type { ProxyConfig } from "../config/index.ts";
import type { FlushStrategy } from "./flush-strategy.ts";

/** Where the function finds it when nothing else is said. */
export const USUAL_LISTEN = { kind: "tcp", host: "127.0.0.1", port: 3000 } as const;

export interface LambdaConfig {
  /** Without the provider of static policies. */
  readonly proxy: ProxyConfig;
  /** A policy file in one text. */
  readonly staticPolicies: string | undefined;
  readonly flushStrategy: FlushStrategy;
  /** Between two syncs; 0: there is no control plane. */
  readonly syncIntervalMs: number;
}
