// Starts a compiled executable alone in an empty folder: as root on Linux with nothing but the
// loader, the C libraries, /proc and /dev around it (chroot), else in a plain folder.

import { copyFileSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { executable } from "./e2e-executable.ts";

/** Mounts live in a namespace of the program's own and end with it; `exec` keeps the process id. */
const ENTER = `mount -t proc proc "$1/proc" && mount --bind /dev "$1/dev" && root="$1" && shift &&
exec chroot "$root" "$@"`;
const WAIT_MS = 20_000;

/** Whether programs run in a chroot; tests say it in their names. */
export const ISOLATED = canIsolate();
export const WHERE = ISOLATED
  ? "alone in a chroot"
  : "in a plain folder (chroot needs root on Linux)";

function canIsolate(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const probe = Bun.spawnSync(["unshare", "-m", "sh", "-c", "command -v chroot mount ldd"], {
    stdout: "ignore",
    stderr: "ignore",
  });
  return probe.success;
}

export interface ProgramOptions {
  /** Files beside the executable, by name; its folder is the working directory. */
  readonly files?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A running executable with what it prints. */
export class Program {
  readonly folder: string;
  readonly pid: number;
  readonly exited: Promise<number>;
  output = "";
  private readonly child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  private wake: (() => void) | undefined;

  constructor(folder: string, child: Bun.Subprocess<"ignore", "pipe", "pipe">) {
    this.folder = folder;
    this.child = child;
    this.pid = child.pid;
    const streams = [this.collect(child.stdout), this.collect(child.stderr)];
    this.exited = Promise.all(streams).then(() => child.exited);
  }

  private async collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      this.output += decoder.decode(chunk, { stream: true });
      this.wake?.();
    }
    this.wake?.();
  }

  /**
   * The first line for which `find` has an answer; throws, with all output, when there will be
   * none.
   */
  async line<T>(find: (line: string) => T | undefined): Promise<T> {
    const deadline = performance.now() + WAIT_MS;
    let ended = false;
    void this.exited.finally(() => {
      ended = true;
      this.wake?.();
    });
    for (;;) {
      for (const line of this.output.split("\n")) {
        const found = find(line);
        if (found !== undefined) return found;
      }
      const left = deadline - performance.now();
      if (ended || left <= 0) throw new Error(`the line did not come; output:\n${this.output}`);
      await new Promise<void>((resume) => {
        const timer = setTimeout(resume, left);
        this.wake = () => {
          clearTimeout(timer);
          resume();
        };
      });
    }
  }

  /** URL that the program listens on, from its line "server.ready" in JSON. */
  url(): Promise<string> {
    return this.line((line) => /"event":"server\.ready".*"url":"([^"]+)"/.exec(line)?.[1]);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Ends the program whatever it does, and removes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.exited;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Starts the executable `name` in a fresh folder that holds `files` and nothing of the project. */
export async function startProgram(name: string, options: ProgramOptions = {}): Promise<Program> {
  const { files = {}, args = [], env = {} } = options;
  const source = await executable(name);
  const root = mkdtempSync(join(tmpdir(), "edge-alone-"));
  const target = join(root, name);
  // Another name for the same file: a copy would be 115 MB for each start.
  linkSync(source, target);
  for (const [file, text] of Object.entries(files)) {
    writeFileSync(join(root, file), text);
  }
  if (ISOLATED) furnish(root, source);
  const command = ISOLATED
    ? ["unshare", "-m", "sh", "-c", ENTER, "sh", root, `/${name}`, ...args]
    : [target, ...args];
  const child = Bun.spawn(command, {
    cwd: root,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  return new Program(root, child);
}

/** What the executable is linked against, at the same paths, and mount points. */
function furnish(root: string, binary: string): void {
  for (const folder of ["proc", "dev", "tmp"]) mkdirSync(join(root, folder));
  const linked = Bun.spawnSync(["ldd", binary]).stdout.toString();
  for (const [, path] of linked.matchAll(/(\/\S+) \(0x/g)) {
    mkdirSync(join(root, dirname(path!)), { recursive: true });
    copyFileSync(path!, join(root, path!));
  }
}

/** Names of the libraries that the executable needs. */
export async function librariesOf(name: string): Promise<string[]> {
  const linked = Bun.spawnSync(["ldd", await executable(name)]).stdout.toString();
  return [...linked.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => basename(path!)).sort();
}
