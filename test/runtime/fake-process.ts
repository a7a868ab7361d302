// A process of a test's own: it is told things, and remembers what was done to it.

import type { ProcessPort } from "../../src/runtime/process-watch.ts";

export class FakeProcess implements ProcessPort {
  readonly handlers = new Map<string, (value: unknown) => void>();
  readonly exits: number[] = [];
  errors = "";

  on(name: string, listener: (value: unknown) => void): void {
    this.handlers.set(name, listener);
  }
  off(name: string): void {
    this.handlers.delete(name);
  }
  exit(code: number): void {
    this.exits.push(code);
  }
  writeError(text: string): void {
    this.errors += text;
  }
  tell(name: string, value?: unknown): void {
    const handler = this.handlers.get(name);
    if (handler === undefined) throw new Error(`nobody listens to ${name}`);
    handler(value);
  }
}
