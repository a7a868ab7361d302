// Writers that do to their files all that is done to logs, and a tailer between them that is killed
// and restarted: what left must be what was written.

import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Chance, Writer } from "./writer.ts";

export interface TortureOptions {
  /** The program, compiled. */
  readonly executable: string;
  /** Of its own, empty. */
  readonly folder: string;
  readonly seconds: number;
  readonly seed: number;
  /** How it is ended before each restart: at once, as told to, or either. */
  readonly ends: "kill" | "term" | "both";
  readonly args?: readonly string[];
  readonly writers?: number;
  /** Default: a file in the folder. */
  readonly sink?: Sink;
}

/** Where lines arrive. */
export interface Sink {
  /** For `--output`. */
  readonly target: string;
  /** How long something may be on its way when the program is gone already. */
  readonly lateMs: number;
  /** Lines that have arrived since the last call, each with its newline. */
  take(): string;
}

export interface TortureReport {
  readonly finished: number;
  readonly restarts: number;
  readonly rotations: number;
  readonly truncations: number;
  /** `writer number` of lines that did not arrive. */
  readonly missing: readonly string[];
  readonly duplicates: number;
  /** Lines that came after a later one of the same content, in one run of the program. */
  readonly disordered: readonly string[];
  /** Lines that nobody wrote, but for beginnings of lines, which a kill leaves. */
  readonly strange: readonly string[];
  /** Exit codes of runs that were told to stop, other than 0. */
  readonly failures: readonly string[];
  /** What the program said on standard error. */
  readonly said: string;
}

/** Of a process that SIGTERM ended. */
const UNHEARD = 128 + 15;
const STEP_MS = 3;
const RUN_MS_MIN = 150;
const RUN_MS_MAX = 1200;
/** How long everything may take to arrive in the end. */
const END_MS = 20_000;

export async function torture(options: TortureOptions): Promise<TortureReport> {
  return await new Torture(options).run();
}

class Torture {
  readonly #options: TortureOptions;
  readonly #chance: Chance;
  readonly #writers: readonly Writer[];
  readonly #sink: Sink;
  readonly #arrivals = new Arrivals();
  readonly #failures: string[] = [];
  #child: Bun.Subprocess<"ignore", "ignore", "pipe"> | undefined;
  #said = "";
  #restarts = 0;

  constructor(options: TortureOptions) {
    this.#options = options;
    this.#chance = new Chance(options.seed);
    this.#sink = options.sink ?? new FileSink(join(options.folder, "out.txt"));
    const logs = join(options.folder, "logs");
    mkdirSync(logs, { recursive: true });
    this.#writers = Array.from({ length: options.writers ?? 4 }, (_, index) => {
      return new Writer({
        name: `w${index}`,
        path: join(logs, `w${index}.log`),
        chance: new Chance(options.seed * 31 + index * 977),
        isCaughtUp: (writer) => this.#isCaughtUp(writer),
      });
    });
  }

  async run(): Promise<TortureReport> {
    const end = performance.now() + this.#options.seconds * 1000;
    this.#start();
    let runEnd = this.#nextEnd();
    while (performance.now() < end) {
      for (const writer of this.#writers) writer.act();
      this.#look();
      if (performance.now() > runEnd) {
        await this.#stop(
          this.#options.ends === "kill" || (this.#options.ends === "both" && this.#chance.once(2)),
        );
        for (let i = this.#chance.below(20); i > 0; i--) for (const one of this.#writers) one.act();
        this.#start();
        runEnd = this.#nextEnd();
      }
      await Bun.sleep(STEP_MS);
    }
    for (const writer of this.#writers) writer.end();
    const deadline = performance.now() + END_MS;
    while (performance.now() < deadline && !this.#writers.every((one) => this.#isCaughtUp(one))) {
      await Bun.sleep(STEP_MS);
    }
    await this.#stop(false);
    this.#look();
    return this.#report();
  }

  #nextEnd(): number {
    return performance.now() + RUN_MS_MIN + this.#chance.below(RUN_MS_MAX - RUN_MS_MIN);
  }

  #start(): void {
    const { executable, folder, args = [] } = this.#options;
    const own = ["--read-from=checkpoint", "--checkpoint-interval-ms=200", "--glob-interval-ms=50"];
    this.#arrivals.newRun();
    this.#child = Bun.spawn([executable, ...own, ...args, "-o", this.#sink.target, "logs/*.log*"], {
      cwd: folder,
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    void this.#listen(this.#child.stderr);
  }

  async #listen(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) this.#said += decoder.decode(chunk, { stream: true });
  }

  async #stop(isKill: boolean): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    this.#restarts++;
    child.kill(isKill ? "SIGKILL" : "SIGTERM");
    const code = await child.exited;
    await Bun.sleep(this.#sink.lateMs);
    // A program that has hardly begun does not listen yet.
    if (!isKill && code !== 0 && code !== UNHEARD) this.#failures.push(`exit code ${code}`);
    this.#look();
  }

  #isCaughtUp(writer: Writer): boolean {
    if (this.#child === undefined) return false;
    this.#look();
    return this.#arrivals.hasAll(writer.name, writer.finished);
  }

  /** Takes in what has arrived since the last look. */
  #look(): void {
    this.#arrivals.take(this.#sink.take());
  }

  #report(): TortureReport {
    const { missing, duplicates, disordered, strange } = this.#arrivals.against(this.#writers);
    return {
      finished: this.#writers.reduce((sum, { finished }) => sum + finished, 0),
      restarts: this.#restarts,
      rotations: this.#writers.reduce((sum, { rotations }) => sum + rotations, 0),
      truncations: this.#writers.reduce((sum, { truncations }) => sum + truncations, 0),
      missing,
      duplicates,
      disordered,
      strange,
      failures: this.#failures,
      said: this.#said,
    };
  }
}

class FileSink implements Sink {
  readonly target: string;
  readonly lateMs = 0;
  #readBytes = 0;

  constructor(path: string) {
    this.target = path;
  }

  take(): string {
    const size = statSync(this.target, { throwIfNoEntry: false })?.size ?? 0;
    if (size <= this.#readBytes) return "";
    const text = readFileSync(this.target, "latin1");
    const end = text.lastIndexOf("\n") + 1;
    const taken = text.slice(this.#readBytes, end);
    this.#readBytes = end;
    return taken;
  }
}

/** What has come out. */
class Arrivals {
  readonly #seen = new Map<string, Set<number>>();
  readonly #disordered: string[] = [];
  readonly #strange: string[] = [];
  /** The last number of each content in this run. */
  #lasts = new Map<string, number>();
  #duplicates = 0;

  newRun(): void {
    this.#lasts = new Map();
  }

  take(text: string): void {
    for (const line of text.split("\n")) if (line !== "") this.#takeLine(line);
  }

  hasAll(name: string, finished: number): boolean {
    return (this.#seen.get(name)?.size ?? 0) >= finished;
  }

  against(writers: readonly Writer[]) {
    const missing = writers.flatMap(({ name, finished }) => {
      const seen = this.#seen.get(name) ?? new Set();
      const all = Array.from({ length: finished }, (_, index) => index);
      return all.filter((index) => !seen.has(index)).map((index) => `${name} ${index}`);
    });
    const duplicates = this.#duplicates;
    return { missing, duplicates, disordered: this.#disordered, strange: this.#strange };
  }

  #takeLine(line: string): void {
    const match = /^(w\d+) (\d+) (\d+) (?:abcdefghij)+ \.$/.exec(line);
    if (match === null) {
      this.#strange.push(line);
      return;
    }
    const [, name = "", content = "", text = ""] = match;
    const number = Number(text);
    const seen = this.#seen.get(name) ?? new Set();
    this.#seen.set(name, seen);
    if (seen.has(number)) this.#duplicates++;
    seen.add(number);
    const key = `${name} ${content}`;
    if (number <= (this.#lasts.get(key) ?? -1)) this.#disordered.push(line.slice(0, 40));
    this.#lasts.set(key, number);
  }
}
