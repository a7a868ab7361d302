// A compiled tailer in a folder of its own, with what it prints.

import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executable } from "../../support/e2e-executable.ts";

export interface TailOptions {
  readonly folder: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; default: none. */
  readonly input?: Uint8Array | "pipe";
  /** Words before the program: one that changes its surroundings. */
  readonly under?: readonly string[];
  /** Leaves standard output unread. */
  readonly isDeaf?: boolean;
}

export function tailFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), "edge-tail-")));
}

export function removeTailFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** A running tailer. */
export class TailProgram {
  out = "";
  err = "";
  readonly exited: Promise<number>;
  readonly child: Bun.Subprocess<"ignore" | "pipe" | Uint8Array, "pipe", "pipe">;

  private constructor(
    child: Bun.Subprocess<"ignore" | "pipe" | Uint8Array, "pipe", "pipe">,
    isDeaf: boolean,
  ) {
    this.child = child;
    const streams = [
      isDeaf ? Promise.resolve() : collect(child.stdout, (text) => (this.out += text)),
      collect(child.stderr, (text) => (this.err += text)),
    ];
    this.exited = Promise.all(streams).then(() => child.exited);
  }

  static async start(options: TailOptions): Promise<TailProgram> {
    const { folder, args = [], env = {}, input = "ignore", under = [], isDeaf = false } = options;
    const path = await executable("edge-tail");
    const child = Bun.spawn([...under, path, ...args], {
      cwd: folder,
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdin: input,
      stdout: "pipe",
      stderr: "pipe",
    });
    return new TailProgram(child, isDeaf);
  }

  /** Runs it to its end. */
  static async run(options: TailOptions): Promise<{ code: number; out: string; err: string }> {
    const program = await TailProgram.start(options);
    const code = await program.exited;
    return { code, out: program.out, err: program.err };
  }

  /** Waits for something that is to happen; the time-out of the test says that it did not. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.child.exitCode !== null) {
        throw new Error(`it ended with ${this.child.exitCode}: ${this.err}\n${this.out}`);
      }
      await Bun.sleep(2);
    }
  }

  /** Waits until this is all that has left. */
  async untilOut(text: string): Promise<void> {
    await this.until(() => this.out === text);
  }

  async stop(signal: "SIGTERM" | "SIGINT" | "SIGKILL" = "SIGTERM"): Promise<number> {
    this.child.kill(signal);
    return this.exited;
  }
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  take: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder("latin1");
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
}
