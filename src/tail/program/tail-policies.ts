// Sets up what judges lines, and what policies do with copies of lines.

import { broadcastDumpTarget } from "../../config/index.ts";
import { EXTENSIONS, Extensions } from "../../extensions/index.ts";
import type { EventBus } from "../../o11y/index.ts";
import { encodingsOfLines } from "../../protocols/lines/index.ts";
import { createProviders } from "../../providers/index.ts";
import type { Budgets } from "../../policy/index.ts";
import { createBudgets, PolicyRuntime } from "../../runtime/index.ts";
import type { TailConfig } from "../settings/load.ts";

/** What policies can do with lines. */
export const STAGES = ["log_filter", "log_transform"] as const;

export interface TailPolicies {
  readonly policies: PolicyRuntime;
  readonly extensions: Extensions;
  readonly budgets: Budgets;
}

export function createPolicies(config: TailConfig, bus: EventBus): TailPolicies {
  const { providers, recordMsMax, readyTimeoutMs, service } = config;
  const { format, innerFormat } = config;
  const isContainer = format === "cri" || format === "docker";
  const encodings = encodingsOfLines(isContainer ? innerFormat : format);
  const context = { config, bus, encodings, readDumpTarget: broadcastDumpTarget };
  const extensions = new Extensions(EXTENSIONS, context);
  const capabilities = () => extensions.capabilities();
  const identity = { stages: STAGES, service, extensions: capabilities };
  const onExtensionConfigs = extensions.configure.bind(extensions);
  const budgets = createBudgets(config.budgets);
  const policies = new PolicyRuntime({
    bus,
    providers: createProviders(providers, { identity, onExtensionConfigs }),
    extensions,
    shadow: config,
    budgets,
    recordMsMax,
    beforePolicies: "wait",
    readyTimeoutMs,
  });
  return { policies, extensions, budgets };
}
