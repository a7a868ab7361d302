// What a page of the documents shows as a story: files, commands, and what these print, in the
// order of the page. Tests play it through in a folder.

export type PageStep =
  | { readonly kind: "file"; readonly name: string; readonly text: string }
  | {
      readonly kind: "command";
      readonly shell: string;
      /** Undefined: the page does not show it. "…" stands for anything, also for whole lines. */
      readonly prints: string | undefined;
    };

/**
 * A block with a name behind its language is a file, one of `sh` a command, and one of `text` right
 * behind it what that prints.
 */
export function pageSteps(page: string): PageStep[] {
  const fences = [...page.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)];
  return fences.flatMap(([, language, name, text = ""], i): PageStep[] => {
    if (name !== undefined) return [{ kind: "file", name, text }];
    if (language !== "sh") return [];
    const [, next, , prints] = fences[i + 1] ?? [];
    return [{ kind: "command", shell: text, prints: next === "text" ? prints : undefined }];
  });
}

/** What a command printed fits what the page shows. */
export function printedPattern(shown: string): RegExp {
  const parts = shown.split("…").map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join("[^]*?")}$`);
}

/** One shell for all commands of a page, as a reader has one: its jobs and variables live on. */
export class PageShell implements AsyncDisposable {
  readonly #shell: Bun.Subprocess<"pipe", "pipe", "ignore">;
  readonly #output: AsyncIterator<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(folder: string, environment: Record<string, string>) {
    this.#shell = Bun.spawn(["bash"], {
      cwd: folder,
      env: environment,
      stdin: "pipe",
      stdout: "pipe",
      stderr: "ignore",
    });
    this.#output = this.#shell.stdout[Symbol.asyncIterator]();
    // What a command says on either stream stands on the page in one block.
    void this.#shell.stdin.write("exec 2>&1\n");
  }

  /** What a command prints, and its exit code. */
  async run(shell: string): Promise<{ readonly printed: string; readonly code: number }> {
    void this.#shell.stdin.write(`${shell}\necho "<exit $?>"\n`);
    await this.#shell.stdin.flush();
    for (;;) {
      const end = /^([^]*?)<exit (\d+)>\n/.exec(this.#rest);
      if (end !== null) {
        this.#rest = this.#rest.slice(end[0].length);
        return { printed: end[1] ?? "", code: Number(end[2]) };
      }
      const { done, value } = await this.#output.next();
      if (done === true) throw new Error(`the shell ended; it printed: ${this.#rest}`);
      this.#rest += this.#decoder.decode(value, { stream: true });
    }
  }

  /** Ends the shell, and the jobs that the page has left. */
  async [Symbol.asyncDispose](): Promise<void> {
    void this.#shell.stdin.write("kill $(jobs -p) 2> /dev/null; wait\nexit\n");
    await this.#shell.stdin.end();
    await this.#shell.exited;
  }
}
