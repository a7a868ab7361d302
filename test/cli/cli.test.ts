// The command line as a user meets it: what starts, what is printed, which exit code.

import { describe, expect, test } from "bun:test";
import {
  type CliOptions,
  ExitCode,
  proxySpec,
  type Start,
  type StartContext,
  runCli,
} from "../../src/cli/index.ts";
import { DISTRIBUTIONS } from "../../src/distributions.ts";
import type { ProxyConfig } from "../../src/config/index.ts";
import { CRASH_EXIT_CODE } from "../../src/runtime/crash-report.ts";
import { filesOf } from "../config/support.ts";

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly started: readonly { config: ProxyConfig; context: StartContext }[];
}

const FILES = {
  "config.json": '{"upstream_url": "stdout:", "listen_port": 1}',
  "other.json": '{"upstream_url": "stdout:", "listen_port": 2}',
  "config-otlp.json": '{"upstream_url": "stdout:", "listen_port": 3}',
  "config-prometheus.json": '{"upstream_url": "stdout:", "listen_port": 4}',
  "bad.json": '{"upstream_url": "stdout:", "listen_port": 99999, "x": 1}',
  "no-upstream.json": "{}",
};

async function edge(
  line: string,
  { start, ...options }: Partial<CliOptions> & { readonly start?: Start<ProxyConfig> } = {},
): Promise<Outcome> {
  let out = "";
  let err = "";
  const started: { config: ProxyConfig; context: StartContext }[] = [];
  const given: CliOptions = {
    distribution: DISTRIBUTIONS.edge,
    version: "1.2.3 (abc)",
    argv: line === "" ? [] : line.split(" "),
    env: {},
    readFile: filesOf(FILES),
    checkPolicyFiles: async () => [],
    io: { out: (text) => (out += text), err: (text) => (err += text) },
    ...options,
  };
  const noted: Start<ProxyConfig> = async (config, context) => {
    started.push({ config, context });
    return 0;
  };
  const code = await runCli(given, proxySpec(given.distribution, start ?? noted));
  return { code, out, err, started };
}

describe("edge", () => {
  const RUNS = [
    ["", "edge", 1, "config.json"],
    ["other.json", "edge", 2, "other.json"],
    ["-- other.json", "edge", 2, "other.json"],
    ["", "otlp", 3, "config-otlp.json"],
    ["", "datadog", 1, "config.json"],
    ["", "prometheus", 4, "config-prometheus.json"],
  ] as const;
  test.each(RUNS)("%j starts %p with port %d", async (line, label, port, path) => {
    const distribution = DISTRIBUTIONS[label];
    const { code, out, err, started } = await edge(line, { distribution });
    expect({ code, out, err }).toEqual({ code: 0, out: "", err: "" });
    expect(started).toHaveLength(1);
    expect(started[0]!.config.listen).toMatchObject({ port });
    expect(started[0]!.context).toMatchObject({ distribution, source: { kind: "file", path } });
  });

  test("starts on defaults and variables when there is no file", async () => {
    const env = { TERO_LISTEN_PORT: "9", TERO_UPSTREAM_URL: "stdout:" };
    const { code, started } = await edge("", { readFile: filesOf({}), env });
    expect(code).toBe(0);
    expect(started[0]!.config.listen).toMatchObject({ port: 9 });
    expect(started[0]!.context.source).toEqual({ kind: "defaults" });
  });

  test("prints warnings and starts", async () => {
    const { code, err, started } = await edge("no-upstream.json", { env: { TERO_LOGLEVEL: "x" } });
    expect([code, started.length]).toEqual([0, 1]);
    expect(err).toBe(
      "edge: warning: upstream_url: not set; telemetry goes to http://127.0.0.1:80.\n" +
        "edge: warning: TERO_LOGLEVEL: ignored; did you mean TERO_LOG_LEVEL?\n",
    );
  });

  test("passes the exit code of the program on", async () => {
    expect((await edge("", { start: async () => 1 })).code).toBe(1);
  });

  test("does not start on a wrong configuration, and exits with 78", async () => {
    const { code, out, err, started } = await edge("bad.json");
    expect({ code, out, err, started }).toEqual({
      code: 78,
      out: "",
      err:
        "bad.json:1:44 listen_port: 99999 is too large; allowed: 0 to 65535.\n" +
        "bad.json:1:51 x: unknown key; remove it, or see the list of keys.\n",
      started: [],
    });
  });

  test("exits with 78 when the file that was asked for is not there", async () => {
    const wanted =
      "nope.json: no such file; give the path of a configuration file, or none to run on config.json, defaults and TERO_ variables.\n";
    expect(await edge("nope.json")).toEqual({ code: 78, out: "", err: wanted, started: [] });
  });

  test("takes a misspelt command for a file that is not there, and says so", async () => {
    const { code, err } = await edge("vaildate");
    expect(code).toBe(78);
    expect(err).toEndWith('variables.\nDid you mean the command "edge validate"?\n');
  });

  test("exits with 1 and the message when the start fails", async () => {
    const failing = (error: unknown) => async () => {
      throw error;
    };
    const known = Object.assign(new Error("port 80 is taken"), { code: "bind" });
    expect(await edge("", { start: failing(known) })).toMatchObject({
      code: 1,
      err: "edge: port 80 is taken\n",
    });
    const unknown = await edge("", { start: failing(new Error("surprise")) });
    expect(unknown.err).toMatch(/^edge: Error: surprise\n\s+at /);
    expect((await edge("", { start: failing("text") })).err).toBe("edge: text\n");
  });

  test("exits with 64 and a cure on a wrong command line", async () => {
    expect(await edge("--verison", { distribution: DISTRIBUTIONS.otlp })).toEqual({
      code: 64,
      out: "",
      err: 'edge-otlp: --verison: unknown option; did you mean --version?\nTry "edge-otlp --help".\n',
      started: [],
    });
  });

  test("takes a command for one in front of its arguments only, and says so", async () => {
    expect(await edge("config.json validate")).toEqual({
      code: 64,
      out: "",
      err:
        'edge: "validate": one argument too many; allowed: at most 1. ' +
        "A command stands before its arguments: validate config.json.\n" +
        'Try "edge --help".\n',
      started: [],
    });
  });

  test("shows nothing of a command line that a terminal would obey", async () => {
    const { code, err } = await edge("--\u001b[31m\u202e");
    expect([code, err.split(";")[0]]).toEqual([64, "edge: --\\u001b[31m\\u202e: unknown option"]);
  });

  test("prints its version", async () => {
    const { code, out } = await edge("--version", { distribution: DISTRIBUTIONS.datadog });
    expect([code, out]).toEqual([0, "edge-datadog 1.2.3 (abc)\n"]);
    expect(await edge("version")).toEqual(await edge("--version"));
  });

  test("prints its help", async () => {
    expect(await edge("--help")).toEqual({
      code: 0,
      out: `Telemetry proxy that applies policies: OTLP, Datadog, Loki and Prometheus.

Usage:
  edge [config.json]
  edge COMMAND [options] [arguments]

Commands:
  run         Run the proxy.
  validate    Check the configuration and its policy files, or policy files alone.
  health      Check whether the program that runs with these settings is alive.
  version     Print the version.
  completion  Print a script that makes a shell complete this command line.
  help        Print this help, or the help of a command.

Options:
  -h, --help     Print this help.
  -V, --version  Print the version.

When no file is named, ./config.json is used if it is there, else defaults.
The variable EDGE_CONFIG names a file as well.
TERO_* variables override single keys: TERO_LISTEN_PORT=9000 is listen_port.

Exit codes:
  0   The command did its work, or the program was told to stop.
  1   It could not start or could not go on.
  64  The command line is wrong.
  70  A fault of the program itself; the report is on standard error.
  78  The configuration, or a policy file, is wrong.
`,
      err: "",
      started: [],
    });
  });

  test("prints its help as a command, too", async () => {
    expect(await edge("help")).toEqual(await edge("--help"));
    expect(await edge("help validate")).toEqual(await edge("validate --help"));
    expect(await edge("help help")).toEqual(await edge("help -h"));
    expect(await edge("help me")).toEqual({
      code: 64,
      out: "",
      err: 'edge: no command "me"; there are: run, validate, health, version, completion, help.\n',
      started: [],
    });
  });

  test("the help tells the exit code of a crash report", () => {
    expect(ExitCode.fault).toBe(CRASH_EXIT_CODE);
  });

  test("offers the commands that it is given, with their own help", async () => {
    const calls: unknown[] = [];
    const explain = {
      name: "explain",
      operands: "RECORD",
      operandsMax: 1,
      summary: "Say which policies match a record.",
      flags: [{ name: "--signal", value: "SIGNAL", summary: "Kind of record." }],
      run: async (invocation: object) => {
        calls.push(invocation);
        return 5;
      },
    };
    const options = { commands: [explain] };
    expect((await edge("explain r.json --signal=log", options)).code).toBe(5);
    expect(calls).toEqual([{ operands: ["r.json"], flags: new Map([["--signal", "log"]]) }]);
    expect((await edge("--help", options)).out).toContain(
      "  explain     Say which policies match a record.\n",
    );
    expect((await edge("explain -h", options)).out).toBe(`Say which policies match a record.

Usage:
  edge explain [options] RECORD

Options:
      --signal SIGNAL  Kind of record.
  -h, --help           Print this help.
  -V, --version        Print the version.
`);
    expect((await edge("explian", options)).err).toEndWith('"edge explain"?\n');
  });
});
