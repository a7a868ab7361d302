// Runs the program's command line in a folder of its own, once in a pipe and once on a
// pseudo-terminal.

import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const ENTRY = resolve(import.meta.dir, "../../src/edge.ts");
/** What would decide about colours from outside. */
const ENV = { ...process.env, NO_COLOR: "", FORCE_COLOR: "", TERM: "xterm-256color" };

export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export class CommandFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "edge-cli-"));

  constructor(files: Readonly<Record<string, string | Uint8Array>>) {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.path, name)), { recursive: true });
      writeFileSync(join(this.path, name), content);
    }
  }

  async inPipe(
    args: readonly string[],
    input = "",
    env: Record<string, string> = {},
  ): Promise<Printed> {
    const child = Bun.spawn([process.execPath, ENTRY, ...args], {
      cwd: this.path,
      env: { ...ENV, ...env },
      stdin: Buffer.from(input),
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    return { code: await child.exited, out, err };
  }

  /** Standard output and error are one there, and lines end as terminals have it. */
  async onTerminal(args: readonly string[], env: Record<string, string> = {}): Promise<Printed> {
    const decoder = new TextDecoder();
    let out = "";
    const child = Bun.spawn([process.execPath, ENTRY, ...args], {
      cwd: this.path,
      env: { ...ENV, ...env },
      terminal: {
        cols: 100,
        rows: 40,
        data: (_terminal, bytes) => void (out += decoder.decode(bytes, { stream: true })),
      },
    });
    const code = await child.exited;
    child.terminal?.close();
    return { code, out: out.replaceAll("\r\n", "\n"), err: "" };
  }

  /** A command that goes on; `printed` resolves when that text has come. */
  start(args: readonly string[], more: Record<string, string> = {}): RunningCommand {
    const command = [process.execPath, ENTRY, ...args];
    const env = { ...ENV, ...more };
    return new RunningCommand(Bun.spawn(command, { cwd: this.path, env, stdout: "pipe" }));
  }

  /** A command on a terminal that goes on until it is ended. */
  live(args: readonly string[], env: Record<string, string> = {}): LiveCommand {
    return new LiveCommand([process.execPath, ENTRY, ...args], this.path, { ...ENV, ...env });
  }

  /** A line of bash, in which `edge` is the program. */
  async shell(line: string, env: Record<string, string> = {}): Promise<Printed> {
    const program = `edge() { ${JSON.stringify(process.execPath)} ${JSON.stringify(ENTRY)} "$@"; }`;
    const child = Bun.spawn(["bash", "-o", "pipefail", "-c", `${program}\n${line}`], {
      cwd: this.path,
      env: { ...ENV, ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    return { code: await child.exited, out, err };
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export class LiveCommand {
  readonly #child: Bun.Subprocess;
  #out = "";
  #wake = (): void => undefined;

  constructor(command: string[], cwd: string, env: Record<string, string | undefined>) {
    const decoder = new TextDecoder();
    const data = (_terminal: unknown, bytes: Uint8Array): void => {
      this.#out += decoder.decode(bytes, { stream: true });
      this.#wake();
    };
    this.#child = Bun.spawn(command, { cwd, env, terminal: { cols: 120, rows: 40, data } });
  }

  async printed(text: string): Promise<void> {
    while (!this.#out.includes(text)) await new Promise<void>((go) => (this.#wake = go));
  }

  type(keys: string): void {
    this.#child.terminal?.write(keys);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async ended(): Promise<{ readonly code: number; readonly out: string }> {
    const code = await this.#child.exited;
    this.#child.terminal?.close();
    return { code, out: this.#out };
  }
}

class RunningCommand {
  readonly #child: Bun.Subprocess<"ignore", "pipe", "inherit">;
  #out = "";
  #wake = (): void => undefined;

  constructor(child: Bun.Subprocess<"ignore", "pipe", "inherit">) {
    this.#child = child;
    void this.#collect();
  }

  async #collect(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#child.stdout) {
      this.#out += decoder.decode(bytes, { stream: true });
      this.#wake();
    }
  }

  async printed(text: string): Promise<void> {
    while (!this.#out.includes(text)) await new Promise<void>((go) => (this.#wake = go));
  }

  async stop(): Promise<number> {
    this.#child.kill("SIGTERM");
    return this.#child.exited;
  }
}

/** With styles as words: `{red}text{/}`. */
export function styled(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "1": "bold",
    "2": "dim",
    "31": "red",
    "32": "green",
    "33": "yellow",
    "36": "cyan",
  };
  // oxlint-disable-next-line no-control-regex -- escape sequences are what is looked for
  return text.replaceAll(/\u001b\[(\d+)m/g, (_, code: string) => `{${names[code] ?? "/"}}`);
}
