// `health`: asks the program that runs with these settings whether it is alive, or ready. For
// probes of containers without a shell: it needs only the executable and its settings.

import type { ListenTarget } from "../config/index.ts";
import { HEALTH_TIMEOUT_MS } from "../core/limits.ts";
import { printable } from "../core/printable.ts";
import { ConfigError } from "../config/index.ts";
import { type Command, ExitCode, type Flag, valueOf } from "./command.ts";
import type { HealthAddress, ProgramSpec } from "./program-spec.ts";

const READY = {
  name: "--ready",
  summary: "Check whether it is ready for telemetry, not only alive.",
} as const satisfies Flag;

/** `health`: with the operands and flags of the command that runs the program. */
export function healthCommand<T>(spec: ProgramSpec<T>): Command {
  const { operands, operandsMax, flags } = spec;
  return {
    name: "health",
    operands,
    operandsMax,
    summary: "Check whether the program that runs with these settings is alive.",
    flags: [...flags, READY],
    notes: [
      "Exits with 0 if it is, else with 1. Containers can use it as a probe without a shell.",
    ],
    async run(invocation, context) {
      const { distribution, io } = context;
      const failed = (reason: string): number => {
        io.err(printable(`${distribution.program}: ${reason}\n`));
        return ExitCode.failed;
      };
      let address: HealthAddress | string;
      try {
        address = spec.healthOf(spec.load(invocation, context).config);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        io.err(printable(`${error.message}\n`));
        return ExitCode.config;
      }
      if (typeof address === "string") return failed(address);
      const path = valueOf(invocation, READY) === true ? "/_ready" : "/_health";
      try {
        const { status } = await asked(address, path);
        if (status === 200) return ExitCode.ok;
        return failed(`${whereOf(address)}${path}: answered ${status}`);
      } catch (error) {
        const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
        return failed(`${whereOf(address)}${path}: no answer (${code})`);
      }
    },
  };
}

function asked(address: HealthAddress, path: string): Promise<Response> {
  const { target } = address;
  return fetch(`${baseOf(address)}${path}`, {
    signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS),
    redirect: "manual",
    // The way is within the machine, whatever proxy the environment names for upstreams.
    proxy: "",
    // The certificate is for the names that clients know, and this is an address.
    tls: { rejectUnauthorized: false },
    ...(target.kind === "unix" ? { unix: target.path } : {}),
  });
}

function whereOf(address: HealthAddress): string {
  return address.target.kind === "unix" ? `unix:${address.target.path}` : baseOf(address);
}

function baseOf({ target, isTls }: HealthAddress): string {
  const scheme = isTls ? "https" : "http";
  return `${scheme}://${target.kind === "unix" ? "localhost" : hostOf(target)}`;
}

/** Who listens on all addresses is asked at loopback. */
function hostOf({ host, port }: ListenTarget & { readonly kind: "tcp" }): string {
  const reached = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
  return `${reached.includes(":") ? `[${reached}]` : reached}:${port}`;
}
