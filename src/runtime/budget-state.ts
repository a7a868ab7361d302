// Keeps what budgets have spent of their day in a file, so that a program that restarts continues
// where the previous one ended. It is off the path of records: read once, written now and then and
// at the end. A faulty file is reported and has no other effect.

import type { EventBus } from "../o11y/index.ts";
import { BUDGET_STATE_BYTES_MAX, BUDGET_STATE_INTERVAL_MS } from "../core/limits.ts";
import { errorMessage } from "../core/errors.ts";
import type { Budgets, SpentDay } from "../policy/index.ts";
import { FileReadError, readRegularFile } from "../system/read-file.ts";
import { replaceFile } from "../system/replace-file.ts";
import type { Component } from "./component.ts";

const FORMAT = 1;
const NUMBERS = [
  "dayStartMs",
  "dayEndMs",
  "bytesPerDay",
  "limit",
  "spent",
  "exempt",
  "cut",
] as const satisfies readonly (keyof SpentDay)[];

export interface BudgetStateOptions {
  readonly path: string;
  readonly budgets: Pick<Budgets, "spentDays" | "resume">;
  readonly bus: EventBus;
  /** Default BUDGET_STATE_INTERVAL_MS. */
  readonly intervalMs?: number;
}

export class BudgetState implements Component {
  readonly #options: BudgetStateOptions;
  #timer: ReturnType<typeof setInterval> | undefined;
  #written = "";
  #writing: Promise<void> = Promise.resolve();

  constructor(options: BudgetStateOptions) {
    this.#options = options;
  }

  /** To be awaited before anything is judged. */
  async start(): Promise<void> {
    const { budgets, intervalMs = BUDGET_STATE_INTERVAL_MS } = this.#options;
    try {
      for (const [name, day] of await this.#read()) budgets.resume(name, day);
    } catch (error) {
      if (!isMissing(error)) this.#failed(error, "budgets begin as without it");
    }
    this.#timer = setInterval(() => void this.#write(), intervalMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    // Without a start it is another program's file.
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    await this.#write();
  }

  /** One after the other; what is in the file already is not written again. */
  #write(): Promise<void> {
    this.#writing = this.#writeAfter(this.#writing);
    return this.#writing;
  }

  async #writeAfter(before: Promise<void>): Promise<void> {
    await before;
    const text = textOf(this.#options.budgets.spentDays());
    if (text === this.#written) return;
    try {
      await replaceFile(this.#options.path, text);
      this.#written = text;
    } catch (error) {
      this.#failed(error, "the next start knows less of this day");
    }
  }

  async #read(): Promise<ReadonlyMap<string, SpentDay>> {
    const { bytes } = await readRegularFile(this.#options.path, BUDGET_STATE_BYTES_MAX);
    return daysIn(new TextDecoder().decode(bytes));
  }

  #failed(error: unknown, effect: string): void {
    const { bus, path } = this.#options;
    bus.emit("budgets.state_failed", { path, reason: errorMessage(error), effect });
  }
}

/** Undefined: there are no budgets, or what they have spent is kept nowhere. */
export function createBudgetState(
  path: string | undefined,
  budgets: Budgets,
  bus: EventBus,
): BudgetState | undefined {
  if (path === undefined || budgets.all.length === 0) return undefined;
  return new BudgetState({ path, budgets, bus });
}

function textOf(days: ReadonlyMap<string, SpentDay>): string {
  const budgets = Array.from(days, ([name, day]) => ({ name, ...day }));
  return `${JSON.stringify({ format: FORMAT, budgets })}\n`;
}

/** Throws when any of it is not as `textOf` writes it. */
function daysIn(text: string): ReadonlyMap<string, SpentDay> {
  const file = parsed(text);
  if (file?.format !== FORMAT || !Array.isArray(file.budgets)) {
    throw new Error("is not a state of budgets of this version; remove it");
  }
  const days = new Map<string, SpentDay>();
  for (const entry of file.budgets as readonly unknown[]) {
    if (!isEntry(entry)) throw new Error("is damaged; remove it");
    days.set(entry.name, entry);
  }
  return days;
}

function parsed(text: string): { format?: unknown; budgets?: unknown } | null {
  try {
    // Each member is checked where it is used.
    return JSON.parse(text) as { format?: unknown; budgets?: unknown } | null;
  } catch {
    throw new Error("is not a state of budgets; remove it");
  }
}

function isEntry(value: unknown): value is SpentDay & { readonly name: string } {
  if (typeof value !== "object" || value === null) return false;
  // Each member is looked at.
  const entry = value as Readonly<Record<string, unknown>>;
  return typeof entry["name"] === "string" && NUMBERS.every((name) => isCount(entry[name]));
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isMissing(error: unknown): boolean {
  return error instanceof FileReadError && error.isAbsent;
}
