// The terminal as a screen that is redrawn over and over: taken at the beginning, and restored at
// the end, whatever ends it.

import type { CliIo } from "../command.ts";

const ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l";
const LEAVE = "\u001b[?7h\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const LINE_END = "\u001b[K\r\n";
const REST = "\u001b[J";
/** Ctrl-C and Ctrl-D come as characters, as all keys do. */
const QUIT_KEYS = ["q", "Q", "\u0003", "\u0004"];

export class Screen implements Disposable {
  readonly #io: CliIo;
  readonly #onKey: (bytes: Buffer) => void;

  /** `quit`: called when somebody presses q, Ctrl-C or Ctrl-D. */
  constructor(io: CliIo, quit: () => void) {
    this.#io = io;
    this.#onKey = (bytes) => {
      const typed = bytes.toString();
      if (QUIT_KEYS.some((key) => typed.includes(key))) quit();
    };
    if (process.stdin.isTTY) process.stdin.setRawMode(true);
    process.stdin.on("data", this.#onKey);
    process.stdin.resume();
    io.out(ENTER);
  }

  draw(lines: readonly string[]): void {
    const rows = this.#io.rows ?? lines.length;
    const shown = lines.slice(0, Math.max(1, rows - 1));
    this.#io.out(HOME + shown.map((line) => line + LINE_END).join("") + REST);
  }

  [Symbol.dispose](): void {
    process.stdin.off("data", this.#onKey);
    process.stdin.pause();
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    this.#io.out(LEAVE);
  }
}
