// The parts of one line that a container wrote: where they are in the block, and their text.

import { grownBytes } from "../../../core/bytes.ts";
import type { ContainerLine } from "./container-line.ts";

const BYTES_MIN = 1024;
/** What is kept between lines; a longer text is let go of. */
const BYTES_KEPT_MAX = 1024 * 1024;

export class LineParts {
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];
  /** text[0, length) is what the parts say together. */
  text = new Uint8Array(BYTES_MIN);
  length = 0;

  get count(): number {
    return this.starts.length;
  }

  get isEmpty(): boolean {
    return this.starts.length === 0;
  }

  /** Adds what was read of [start, end) of the block, its line end included. */
  add(start: number, end: number, line: ContainerLine): void {
    const { length } = this;
    const added = line.textEnd - line.textStart;
    if (length + added > this.text.length) {
      this.text = grownBytes(this.text, Math.max(length + added, this.text.length * 2));
    }
    this.text.set(line.text.subarray(line.textStart, line.textEnd), length);
    this.length += added;
    this.starts.push(start);
    this.ends.push(end);
  }

  rangeOf(part: number): [start: number, end: number] {
    return [this.starts[part] ?? 0, this.ends[part] ?? 0];
  }

  clear(): void {
    this.starts.length = 0;
    this.ends.length = 0;
    this.length = 0;
    if (this.text.length > BYTES_KEPT_MAX) this.text = new Uint8Array(BYTES_MIN);
  }
}
