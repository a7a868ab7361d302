// A running distribution for fault tests: the compiled executable with a configuration, raw
// connections to it, and what its own metrics say that it counted.

import { RawClient } from "./raw-client.ts";
import { type Program, startProgram } from "./e2e-program.ts";

/** Drops DEBUG, so that every request is read, decoded and judged. */
export const DROP_DEBUG = {
  id: "drop-debug",
  name: "drop-debug",
  log: { match: [{ log_field: "severity_text", exact: "DEBUG" }], keep: "none" },
};

export interface EdgeOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  /** Default: none, so that everything is passed on unread. */
  readonly policies?: readonly unknown[];
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** What fault tests look at; the rest of the metrics has tests of its own. */
const WATCHED = [
  "edge_responses_total",
  "edge_fail_open_total",
  "edge_upstream_errors_total",
  "edge_upstream_retries_total",
  "edge_request_errors_total",
  "edge_policy_records_dropped_total",
  "edge_scrapes_total",
];
/** How long a test waits for a count; only a test that fails waits this long. */
const WAIT_MS = 3000;

export class RawEdge {
  readonly program: Program;
  readonly url: string;
  readonly port: number;
  #base = new Map<string, number>();

  private constructor(program: Program, url: string) {
    this.program = program;
    this.url = url;
    this.port = url.startsWith("unix:") ? 0 : Number(new URL(url).port);
  }

  static async start({ config, policies, files, env }: EdgeOptions): Promise<RawEdge> {
    const policy_providers =
      policies === undefined ? [] : [{ type: "file", id: "local", path: "policies.json" }];
    // One pool of connections to look at, on every machine; tests of several workers ask for them.
    const fixed = { listen_port: 0, log_format: "json", worker_count: 1 };
    const whole = { ...fixed, policy_providers, ...config };
    const program = await startProgram("edge", {
      files: {
        ...files,
        "config.json": JSON.stringify(whole),
        ...(policies === undefined ? {} : { "policies.json": JSON.stringify({ policies }) }),
      },
      env: env ?? {},
    });
    try {
      const url = await program.url();
      if (policies !== undefined) await program.line((line) => mention(line, "policies.replaced"));
      return new RawEdge(program, url);
    } catch (error) {
      await program[Symbol.asyncDispose]();
      throw error;
    }
  }

  connect(): Promise<RawClient> {
    return RawClient.connect({ host: "127.0.0.1", port: this.port });
  }

  /** Sends raw text on a connection of its own. */
  async send(text: string | Uint8Array): Promise<RawClient> {
    return (await this.connect()).write(text);
  }

  /** Resolves when a line of the log has this text. */
  async logged(text: string): Promise<void> {
    await this.program.line((line) => mention(line, text));
  }

  /** From now on `counts` tells what is counted on top of what there is now. */
  async mark(): Promise<void> {
    this.#base = await this.#watched();
  }

  /**
   * What was counted since `mark`, without zeros. Waits until it is `expected`: a count may come
   * after the answer that it counts. Returns what it is when that does not come.
   */
  async counts(expected: Readonly<Record<string, number>>): Promise<Record<string, number>> {
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const now = await this.#watched();
      const changes: Record<string, number> = {};
      for (const [series, value] of now) {
        const more = value - (this.#base.get(series) ?? 0);
        if (more !== 0) changes[series] = more;
      }
      if (Bun.deepEquals(changes, expected) || performance.now() > deadline) return changes;
      await Bun.sleep(2);
    }
  }

  async metrics(): Promise<string> {
    try {
      return await (await fetch(`${this.url}/_edge/metrics`)).text();
    } catch (cause) {
      throw new Error(`no metrics; output:\n${this.program.output}`, { cause });
    }
  }

  /** The value of one series. */
  async metric(series: string): Promise<number | undefined> {
    return seriesOf(await this.metrics()).get(series);
  }

  async #watched(): Promise<Map<string, number>> {
    const all = seriesOf(await this.metrics());
    // The metrics page counts itself.
    return new Map(
      [...all].filter(
        ([series]) =>
          WATCHED.some((name) => series.startsWith(`${name}{`)) && !series.includes("edge_metrics"),
      ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }
}

function mention(line: string, text: string): true | undefined {
  return line.includes(text) ? true : undefined;
}

function seriesOf(text: string): Map<string, number> {
  const found = text.matchAll(/^([a-z_]+(?:\{.*\})?) (\S+)$/gm);
  return new Map([...found].map(([, series, value]) => [series!, Number(value)]));
}

/** One OTLP request in JSON with a record for each severity. */
export function otlpLogs(...severities: readonly string[]): string {
  const logRecords = severities.map((severityText) => ({ severityText, body: {} }));
  return JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
}
