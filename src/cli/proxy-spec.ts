// The command line of a proxy distribution: one configuration file, no flags.

import { PEM_BYTES_MAX } from "../core/limits.ts";
import {
  headerValuesOf,
  loadConfig,
  pemFaults,
  pemPaths,
  type PemGroup,
  type PemTexts,
  type ProxyConfig,
  readPem,
  type ReadFile,
} from "../config/index.ts";
import { CONFIG_VARIABLE, type Distribution, namedConfig } from "./distribution.ts";
import { budgetFaults } from "../providers/index.ts";
import { createRegexValidator } from "../re2/index.ts";
import type { HealthAddress, ProgramSpec, Start } from "./program-spec.ts";

/** Read by every proxy that finds no file of its own name. */
const SHARED_CONFIG_PATH = "config.json";

export function proxySpec(
  { defaultConfigPath }: Distribution,
  start: Start<ProxyConfig>,
): ProgramSpec<ProxyConfig> {
  const defaultPath = [...new Set([defaultConfigPath, SHARED_CONFIG_PATH])];
  const defaults = defaultPath.map((path) => `./${path}`).join(", else ");
  return {
    summary: "Run the proxy.",
    operands: "[config.json]",
    operandsMax: 1,
    flags: [],
    notes: [
      `When no file is named, ${defaults} is used if it is there, else defaults.`,
      `The variable ${CONFIG_VARIABLE} names a file as well.`,
      "TERO_* variables override single keys: TERO_LISTEN_PORT=9000 is listen_port.",
    ],
    load: ({ operands: [path] }, { env, readFile }) =>
      loadConfig({ path: path ?? namedConfig(env), defaultPath, env, readFile }),
    salvage: ({ operands: [path] }, { env, readFile }) => {
      const named = path ?? namedConfig(env);
      return loadConfig({ path: named, defaultPath, env, readFile, lenient: true }).config
        .providers;
    },
    faultsOf: (config, { readFile }) => [
      ...tlsFaults(config, readFile),
      ...headerFaults(config, readFile),
      ...budgetFaults(config.budgets, createRegexValidator()),
    ],
    healthOf,
    sourcesOf: (config) => config,
    start,
  };
}

/** Which files with values of headers cannot be used. */
function headerFaults({ upstreamHeaders }: ProxyConfig, readFile: ReadFile): readonly string[] {
  return headerValuesOf(upstreamHeaders, readFile).faults.map((fault) => `${fault}.`);
}

/** `admin.listen` is without TLS; the main listener may ask for certificates of clients. */
function healthOf({ listen, tls, admin }: ProxyConfig): HealthAddress | string {
  const target = admin.listen ?? listen;
  if (target.kind === "tcp" && target.port === 0) {
    return "the system chooses the port; only a port that the configuration names can be asked.";
  }
  if (admin.listen !== undefined) return { target, isTls: false };
  if (tls?.clientCaFile !== undefined) {
    return "tls.client_ca_file: clients need a certificate; set admin.listen, and that is asked.";
  }
  return { target, isTls: tls !== undefined };
}

function tlsFaults(config: ProxyConfig, readFile: ReadFile): readonly string[] {
  const paths = pemPaths(config);
  return [
    ...pemProblems("tls", paths.tls, readFile),
    ...pemProblems("upstream_tls", paths.upstream_tls, readFile),
  ];
}

/** Which of the files at `paths` cannot be read or used. */
function pemProblems(group: PemGroup, paths: PemTexts, readFile: ReadFile): readonly string[] {
  const problems: string[] = [];
  const texts = readPem(
    group,
    paths,
    (path) => new TextDecoder().decode(readFile(path, PEM_BYTES_MAX)),
    (key, path) => {
      problems.push(`${key}: ${path} cannot be read; check the path and its rights.`);
    },
  );
  return [...problems, ...pemFaults(group, texts).map((fault) => `${fault}.`)];
}
