// Shows the records of a body to onlookers without any policy. It is an evaluation of the same
// class as those of policies on purpose: a walk over records that sometimes meets another class
// would be compiled for both, and requests without onlookers would take an eighth longer.

import { compileProgram } from "../compile/compile-program.ts";
import { Program } from "../compile/program.ts";
import { ProgramEvaluation } from "./program-evaluation.ts";
import type { FieldRef, Signal } from "../model.ts";
import type { Onlooker } from "./onlooker.ts";
import type { Evaluation } from "../record-port.ts";

/** Makes the evaluation that shows records to an onlooker. */
export type Show = (onlooker: Onlooker) => Evaluation;

/** `refs`: the fields that are asked for, in the order of their slots. */
export function showing(signal: Signal, refs: readonly FieldRef[]): Show {
  const compiling = compileProgram(signal, []);
  let step = compiling.next();
  while (step.done !== true) step = compiling.next();
  const program = new Program({ ...step.value.data, refs }, NO_POLICIES);
  return (onlooker) => new ProgramEvaluation(program, { ...IDLE, onlooker });
}

/** Asks for no field and keeps every record: used where no policy looks at a signal. */
export function keepingAll(signal: Signal): Evaluation {
  return showing(signal, [])(NOBODY);
}

const NOBODY: Onlooker = { wantsBytes: false, record: () => undefined };
const IDLE = { nowMs: () => 0, random: () => 0 };

function none(): never {
  throw new Error("there are no policies to ask for");
}
const NO_POLICIES = { policyAt: none, countsOf: none, limiterOf: none };
