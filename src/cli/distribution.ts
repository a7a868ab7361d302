// The distributions that share this command line: their names, what they are for, which file they
// read by default.

export interface Distribution {
  /** The `distribution` label of metrics and build information. */
  readonly label: string;
  /** The executable's name. */
  readonly program: string;
  /** One line for `--help`. */
  readonly purpose: string;
  /** Read when no file is named, if it is there; relative to the working directory. */
  readonly defaultConfigPath: string;
}

export const DISTRIBUTIONS = {
  edge: {
    label: "edge",
    program: "edge",
    purpose: "Telemetry proxy that applies policies: OTLP, Datadog and Prometheus.",
    defaultConfigPath: "config.json",
  },
  datadog: {
    label: "datadog",
    program: "edge-datadog",
    purpose: "Telemetry proxy that applies policies to Datadog logs and metrics.",
    defaultConfigPath: "config.json",
  },
  otlp: {
    label: "otlp",
    program: "edge-otlp",
    purpose: "Telemetry proxy that applies policies to OTLP logs, metrics and traces.",
    defaultConfigPath: "config-otlp.json",
  },
  prometheus: {
    label: "prometheus",
    program: "edge-prometheus",
    purpose: "Telemetry proxy that applies policies to Prometheus scrapes.",
    defaultConfigPath: "config-prometheus.json",
  },
} as const satisfies Record<string, Distribution>;
