// The interface of the parts that a program consists of. A part whose life is as long as the
// program's takes part in it through the methods that it has; none is required.

import type { LogFields } from "../o11y/log-format.ts";

/**
 * A part of a program. `deadlineMs` is how many milliseconds are left: of the one time to stop that
 * all parts share, see program.ts.
 *
 * @example
 * let timer: Timer;
 * const ticker: Component = {
 *   start: () => void (timer = setInterval(() => console.log("tick"), 1000)),
 *   stop: () => clearInterval(timer),
 * };
 */
export interface Component {
  /**
   * Begins its work; the parts before it have begun theirs. An error ends the program with exit
   * code 1; its `where` and `cure`, if it has any, are told.
   */
  start?(): unknown;
  /** SIGHUP: looks anew at what it was started with. Must not reject for what is wrong there. */
  reload?(): unknown;
  /**
   * Takes nothing new, and resolves when what it has taken is done. A number that it resolves to is
   * how many pieces of work it had to give up because the time was over.
   */
  drain?(deadlineMs: number): unknown;
  /** Ends, with all that it holds. Also called when another part could not start. */
  stop?(deadlineMs: number): unknown;
  /** How it stands, for SIGUSR1: plain data, without secrets and without telemetry. */
  status?(): LogFields;
  /** Lines for the report of a crash: what it did last, without anything of the telemetry. */
  recent?(): readonly string[];
}

/**
 * By name, in the order in which they start. They are drained and stopped the other way round: who
 * takes in before who gives out. Undefined ones are left out.
 */
export type Components = Readonly<Record<string, Component | undefined>>;

/**
 * A part cannot start, for a reason outside the program: `where` names the address, file or
 * setting, `cure` says what to do.
 */
export class StartError extends Error {
  readonly code = "start";
  readonly where: string;
  readonly cure: string;
  constructor(message: string, where: string, cure: string) {
    super(message);
    this.name = "StartError";
    this.where = where;
    this.cure = cure;
  }
}
