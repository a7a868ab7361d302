// A proxy distribution as a program of the command line: one configuration file, no flags.

import { PEM_BYTES_MAX } from "../core/limits.ts";
import {
  loadConfig,
  PEM_KEYS,
  pemFaults,
  type PemGroup,
  type PemTexts,
  type ProxyConfig,
  type ReadFile,
} from "../config/index.ts";
import type { Distribution } from "./distribution.ts";
import type { ProgramSpec, Start } from "./program-spec.ts";

export function proxySpec(
  { defaultConfigPath: defaultPath }: Distribution,
  start: Start<ProxyConfig>,
): ProgramSpec<ProxyConfig> {
  return {
    summary: "Run the proxy.",
    operands: "[config.json]",
    operandsMax: 1,
    flags: [],
    notes: [
      `When no file is named, ./${defaultPath} is used if it is there, else defaults.`,
      "TERO_* variables override single keys: TERO_LISTEN_PORT=9000 is listen_port.",
    ],
    load: ({ operands: [path] }, { env, readFile }) =>
      loadConfig({ path, defaultPath, env, readFile }),
    faultsOf: (config, { readFile }) => tlsFaults(config, readFile),
    providersOf: ({ providers }) => providers,
    start,
  };
}

function tlsFaults({ tls, upstreamTls }: ProxyConfig, readFile: ReadFile): readonly string[] {
  const { certFile, keyFile } = upstreamTls?.clientCertificate ?? {};
  const own = { cert: tls?.certFile, key: tls?.keyFile, ca: tls?.clientCaFile };
  const upstream = { cert: certFile, key: keyFile, ca: upstreamTls?.caFile };
  return [...pemProblems("tls", own, readFile), ...pemProblems("upstream_tls", upstream, readFile)];
}

/** Which of the files at `paths` cannot be read or used. */
function pemProblems(group: PemGroup, paths: PemTexts, readFile: ReadFile): readonly string[] {
  const problems: string[] = [];
  const read = (name: string, path: string | undefined): string | undefined => {
    try {
      return path && new TextDecoder().decode(readFile(path, PEM_BYTES_MAX));
    } catch {
      problems.push(`${name}: ${path} cannot be read; check the path and its rights.`);
      return undefined;
    }
  };
  const names = PEM_KEYS[group];
  const cert = read(names.cert, paths.cert);
  const key = read(names.key, paths.key);
  const ca = read(names.ca, paths.ca);
  return [...problems, ...pemFaults(group, { cert, key, ca }).map((fault) => `${fault}.`)];
}
